"""The addresses of this room."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("audit/", views.events, name="events"),
    path("audit/overrides/", views.overrides, name="overrides"),
    path("audit/overrides/<uuid:override_id>/", views.override, name="override"),
]
