"""The Django application of this room: at start it tells live what happens when the time of an erasure has come."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "audit.retention"
    label = "retention"

    def ready(self) -> None:
        from audit.retention import erasures, notices
        from live.timers import register_timer

        notices.register()
        register_timer(erasures.TIMER, erasures.come_due)
