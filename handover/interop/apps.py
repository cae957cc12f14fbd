"""The Django application of this room."""

from django.apps import AppConfig


class InteropConfig(AppConfig):
    name = "handover.interop"
    label = "interop"
