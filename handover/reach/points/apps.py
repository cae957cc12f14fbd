"""The Django application of this room: at start it says where a code is sent, which no usual address is."""

from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "handover.reach.points"
    label = "points"

    def ready(self) -> None:
        from handover.reach import outbox
        from handover.reach.points import selectors, services

        outbox.register_letter(services.CODE, selectors.letter_of)
