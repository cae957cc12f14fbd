"""The Django application of this wing: at start it says how its notices are drawn, what is timed, and what looks."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "audit.review"
    label = "review"

    def ready(self) -> None:
        from audit.review import events, scanner, services
        from live import watching
        from live.timers import register_timer

        events.register()
        register_timer(services.OVERDUE, services.overdue)
        watching.register("audit.review", scanner.run_due, seconds=scanner.LOOK_EVERY_SECONDS)
