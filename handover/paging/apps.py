"""The Django application of this room: at start it says how events are drawn, what is timed, and what it adds below."""

from django.apps import AppConfig


class PagingConfig(AppConfig):
    name = "handover.paging"
    label = "paging"

    def ready(self) -> None:
        from accounts.notices import register_notice_page
        from handover.paging import events
        from handover.paging.panels import patient_panel
        from handover.paging.quiet.services import register_let_go
        from handover.paging.selectors import still_nobodys, still_waiting, waiting_for
        from handover.paging.services import climbing, closing, unread
        from handover.paging.services.ground import FORGOTTEN, KIND, RUNG_OUT
        from handover.paging.services.phoning import answer_by_phone
        from handover.patients.panels import register_panel
        from handover.reach.push.selectors import register_still_open
        from handover.reach.services import register_answer, register_failed
        from handover.transfers.waiting import register_waiting
        from live import watching
        from live.timers import register_timer

        events.register()
        register_let_go(KIND, climbing.let_go)
        register_notice_page("paging:page")
        register_still_open(KIND, still_waiting)
        register_still_open(RUNG_OUT, still_nobodys)
        register_timer(climbing.DUE, climbing.due)
        register_timer(unread.UNREAD, unread.page_it)
        register_timer(unread.SETTLED, unread.withdraw_it)
        register_timer(FORGOTTEN, closing.close_it)
        _look_after_scores()
        register_waiting(waiting_for)
        register_answer(KIND, answer_by_phone)
        register_failed(KIND, climbing.failed)
        register_panel(patient_panel)
        watching.register_worker("paging.unread", unread.look, seconds=unread.LOOK_SECONDS)
        watching.register_worker("paging.forgotten", closing.look, seconds=closing.LOOK_SECONDS)


def _look_after_scores() -> None:
    from handover.paging.services import undecided
    from handover.paging.services.ground import SCORE, UNDECIDED
    from handover.patients.followers import register_follower
    from handover.reach.push.selectors import register_still_open
    from live.timers import register_timer

    register_follower(undecided.summary_changed)
    register_timer(UNDECIDED, undecided.look)
    # It stands among what happened, and is never among what waits for a device to open it.
    register_still_open(SCORE, lambda _patient_ids: set())
