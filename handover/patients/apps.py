"""The Django application of this room: at start it tells live how its events are drawn."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "handover.patients"
    label = "patients"

    def ready(self) -> None:
        from handover.patients import events

        events.register()
