"""The Django application of this room: at start it says what is timed."""

from django.apps import AppConfig


class QuietConfig(AppConfig):
    name = "handover.paging.quiet"
    label = "quiet"

    def ready(self) -> None:
        from handover.duty.services.ringing import register_manner
        from handover.paging.quiet import services
        from live.timers import register_timer

        register_manner(services.manner_of_cover)
        register_timer(services.OVER, services.over)
