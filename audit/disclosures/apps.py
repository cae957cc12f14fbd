"""The Django application of disclosures."""

from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "audit.disclosures"
    label = "disclosures"
