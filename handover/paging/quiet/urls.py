"""The addresses of this room."""

from django.urls import path

from handover.paging.quiet import views

app_name = "quiet"
urlpatterns = [
    path("units/<uuid:unit_id>/levels/", views.levels, name="levels"),
    path("units/<uuid:unit_id>/quiet/", views.unit_hours, name="unit_hours"),
    path("quiet/", views.own, name="own"),
]
