"""The Django application of this room: at start it says what is timed, and how its event is drawn."""

from django.apps import AppConfig


class ScriptsConfig(AppConfig):
    name = "handover.calls.scripts"
    label = "scripts"

    def ready(self) -> None:
        from handover.calls.scripts import events, services
        from live.timers import register_timer

        events.register()
        register_timer(services.EXPIRING, services.expiring)
