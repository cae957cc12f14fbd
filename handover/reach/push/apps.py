"""The Django application of this room: at start it says what sends by PUSH, what is timed, and how it is told."""

from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "handover.reach.push"
    label = "push"

    def ready(self) -> None:
        from accounts.notices import register_notice_page
        from handover.reach import channels
        from handover.reach.push import events, services
        from handover.reach.push.sending import Push
        from live.timers import register_timer

        channels.register(Push())
        events.register()
        register_timer(services.ROUND, services.look, every=services.LOOK_EVERY)
        register_timer(services.SILENCE, services.silent)
        register_notice_page("push:open")
