"""The addresses of this room."""

from django.urls import path

from handover.reach.points import views

app_name = "points"
urlpatterns = [
    path("reach/addresses/", views.add, name="add"),
    path("reach/addresses/<uuid:point_id>/code/", views.show, name="show"),
    path("reach/addresses/<uuid:point_id>/end/", views.end, name="end"),
]
