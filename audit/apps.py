"""The Django application of this room: at start it tells live how an officer's notices are drawn."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    label = "audit"

    def ready(self) -> None:
        from audit import events

        events.register()
