"""The Django application of this room."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "vault"
    label = "vault"
