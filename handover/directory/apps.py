"""The Django application of this room."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "handover.directory"
    label = "directory"
