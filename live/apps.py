"""The Django application of this room."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "live"
    label = "live"
