"""The Django application of this room: at start it tells live how its events are drawn, and what is timed."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "handover.patients"
    label = "patients"

    def ready(self) -> None:
        from handover.patients import events
        from handover.patients.glass import events as glass_events
        from handover.patients.glass import services as glass
        from handover.patients.team import events as team_events
        from live.timers import register_timer

        events.register()
        team_events.register()
        glass_events.register()
        register_timer(glass.ENDED, glass.over)
        register_timer(glass.OVERDUE, glass.overdue)
