"""The Django application of the waits at sign-in."""

from django.apps import AppConfig


class WaitsConfig(AppConfig):
    name = "accounts.waits"
    label = "waits"
