"""The Django application of this room."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "handover.transfers"
    label = "transfers"
