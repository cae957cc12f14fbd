"""The Django application of this room: at start it tells live what happens when the time of an erasure has come."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "audit.retention"
    label = "retention"

    def ready(self) -> None:
        from audit.retention import erasures
        from live.timers import register_timer

        register_timer(erasures.TIMER, erasures.come_due)
