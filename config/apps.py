"""The Django application of this room: it registers the checks that refuse a bad configuration."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401 - importing it registers the checks
