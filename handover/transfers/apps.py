"""The Django application of this room: at start it says how events are drawn, which frames are acts, what is timed."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "handover.transfers"
    label = "transfers"

    def ready(self) -> None:
        from accounts.leaving import register_tie
        from handover.patients.card import register_holder
        from handover.patients.followers import register_follower
        from handover.patients.panels import register_marks, register_panel
        from handover.patients.selectors import register_timeline_source
        from handover.transfers import events, frames, tasks
        from handover.transfers.cover import waiting_cover
        from handover.transfers.leaving import patients_held
        from handover.transfers.panels import patient_panel, reach_panel, row_marks
        from handover.transfers.selectors.people import holder_of
        from handover.transfers.selectors.timeline import timeline_of
        from handover.transfers.services.lapsing import LAPSED, lapsed
        from handover.transfers.services.watching import summary_changed
        from handover.transfers.waiting import register_waiting
        from live.drawing import register_drawer
        from live.timers import register_timer

        events.register()
        frames.register()
        register_timeline_source(timeline_of)
        register_tie(patients_held)
        register_holder(holder_of)
        register_follower(summary_changed)
        register_timer(LAPSED, lapsed)
        register_waiting(waiting_cover)
        register_waiting(tasks.waiting_tasks)
        register_drawer(tasks.DUE, tasks.draw)
        register_panel(patient_panel)
        register_panel(reach_panel)
        register_marks(row_marks)
