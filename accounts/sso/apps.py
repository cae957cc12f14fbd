"""The Django application of single sign-on."""

from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "accounts.sso"
    label = "sso"

    def ready(self) -> None:
        from accounts.sso import checks  # noqa: F401 -- Django registers what it finds there
