"""The addresses of this room."""

from django.urls import path

from audit import emergencies, views

app_name = "audit"
urlpatterns = [
    path("audit/", views.events, name="events"),
    path("audit/overrides/", views.overrides, name="overrides"),
    path("audit/overrides/<uuid:override_id>/", views.override, name="override"),
    path("audit/emergency/", emergencies.emergencies, name="emergencies"),
    path("audit/emergency/<uuid:glass_id>/", emergencies.emergency, name="emergency"),
]
