"""The Django application of this room: at start it says how events are drawn, which frames are acts, what waits."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "handover.messaging"
    label = "messaging"

    def ready(self) -> None:
        from handover.messaging import events, frames
        from handover.messaging.panels import patient_panel
        from handover.messaging.selectors.waiting import waiting_messages
        from handover.patients.panels import register_panel
        from handover.transfers.waiting import register_waiting

        events.register()
        frames.register()
        register_waiting(waiting_messages)
        register_panel(patient_panel)
