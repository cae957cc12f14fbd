"""The Django application of this room: at start it tells live how its events are drawn and which frames are its acts."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "handover.transfers"
    label = "transfers"

    def ready(self) -> None:
        from handover.patients.selectors import register_timeline_source
        from handover.transfers import events, frames
        from handover.transfers.selectors.timeline import timeline_of

        events.register()
        frames.register()
        register_timeline_source(timeline_of)
