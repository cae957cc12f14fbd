"""The addresses of this room."""

from django.urls import path

from handover.directory import views

app_name = "directory"
urlpatterns = [
    path("directory/find/", views.find, name="find"),
    path("directory/units/<uuid:unit_id>/takes/", views.takes, name="takes"),
    path("directory/takes/<uuid:capability_id>/confirm/", views.confirm, name="confirm"),
    path("directory/takes/<uuid:capability_id>/end/", views.end, name="end"),
]
