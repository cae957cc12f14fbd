"""The Django application of this room."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "handover.patients"
    label = "patients"
