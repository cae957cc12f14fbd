"""The Django application of this room: at start it says what happens when an engagement is over."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "accounts.people"
    label = "people"

    def ready(self) -> None:
        from accounts.people.services import ENDED, engagement_over
        from live.timers import register_timer

        register_timer(ENDED, engagement_over)
