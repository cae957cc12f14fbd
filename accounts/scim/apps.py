"""The Django application of provisioning."""

from django.apps import AppConfig


class ScimConfig(AppConfig):
    name = "accounts.scim"
    label = "scim"
