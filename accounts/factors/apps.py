"""The Django application of the second factor."""

from django.apps import AppConfig


class FactorsConfig(AppConfig):
    name = "accounts.factors"
    label = "factors"

    def ready(self) -> None:
        from accounts.factors import events

        events.register()
