"""The Django application of this room: at start it says how events are drawn and what is timed."""

from django.apps import AppConfig


class DutyConfig(AppConfig):
    name = "handover.duty"
    label = "duty"

    def ready(self) -> None:
        from handover.duty import events
        from handover.duty.selectors import holding_at
        from handover.duty.services import cover, coverage, ground
        from handover.reach.push.selectors import register_on_duty
        from live.timers import register_timer

        events.register()
        register_on_duty(holding_at)
        register_timer(cover.UNANSWERED, cover.unanswered)
        register_timer(ground.LOOK, coverage.look, every=coverage.EVERY)
