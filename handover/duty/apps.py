"""The Django application of this room: at start it says how events are drawn and what is timed."""

from django.apps import AppConfig


class DutyConfig(AppConfig):
    name = "handover.duty"
    label = "duty"

    def ready(self) -> None:
        from accounts.leaving import register_left
        from handover.duty import events
        from handover.duty.selectors import holding_at, open_requests
        from handover.duty.services import cover, coverage, ground, proof, ringing
        from handover.reach.push.events import register_way
        from handover.reach.push.selectors import register_on_duty, register_still_open
        from handover.reach.services import register_answer
        from live.timers import register_timer

        events.register()
        register_left(coverage.look_behind)
        register_on_duty(holding_at)
        register_way(ringing.KIND, events.way_to_asks)
        register_still_open(ringing.KIND, open_requests)
        register_timer(cover.UNANSWERED, cover.unanswered)
        register_timer(proof.DUE, proof.due)
        register_timer(proof.OVER, proof.over)
        register_answer(proof.KIND, proof.answer)
        register_timer(ground.LOOK, coverage.look, every=coverage.EVERY)
