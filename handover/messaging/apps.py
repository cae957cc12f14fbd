"""The Django application of this room: at start it says how events are drawn, which frames are acts, what waits."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "handover.messaging"
    label = "messaging"

    def ready(self) -> None:
        from handover.messaging import events, frames
        from handover.messaging.panels import patient_panel
        from handover.messaging.selectors.waiting import waiting_messages
        from handover.messaging.services import digests, overuse, uploading
        from handover.messaging.services.phoning import answer_by_phone
        from handover.messaging.services.ringing import KIND, let_go
        from handover.paging.quiet.gathering import DIGEST
        from handover.paging.quiet.services import NIGHTLY, register_let_go
        from handover.patients.panels import register_panel
        from handover.reach.outbox import register_count
        from handover.reach.push.events import register_way
        from handover.reach.push.selectors import register_still_open
        from handover.reach.services import register_answer
        from handover.transfers.waiting import register_waiting
        from live import watching
        from live.timers import register_timer

        events.register()
        frames.register()
        register_waiting(waiting_messages)
        register_panel(patient_panel)
        register_answer(KIND, answer_by_phone)
        register_let_go(KIND, let_go)
        register_way(KIND, events.way_to)
        register_way(digests.KIND, events.way_to_all)
        register_count(digests.KIND, digests.count_of)
        register_still_open(digests.KIND, digests.none_waits)
        watching.register_worker("messaging.uploads", uploading.sweep, seconds=uploading.LOOK_SECONDS)
        register_timer(DIGEST, digests.close)
        _look_after_what_nobody_owns()
        register_timer(NIGHTLY, overuse.look, every=overuse.EVERY)


def _look_after_what_nobody_owns() -> None:
    from handover.messaging.events import way_to
    from handover.messaging.rules.unowned import UNOWNED, UNOWNED_KIND
    from handover.messaging.selectors.waiting import still_unowned
    from handover.messaging.services import unowned
    from handover.messaging.services.ringing import KIND
    from handover.reach.push.events import register_way
    from handover.reach.push.selectors import register_still_open
    from handover.reach.services import register_failed
    from live.timers import register_timer

    register_timer(UNOWNED, unowned.look)
    register_failed(KIND, unowned.failed)
    register_way(UNOWNED_KIND, way_to)
    register_still_open(UNOWNED_KIND, still_unowned)
