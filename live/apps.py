"""The Django application of this room: at start, whoever rings the bell is heard by the hub and by the bus,
and every serving process looks for due timers."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "live"
    label = "live"

    def ready(self) -> None:
        from live import bell, ladder, limits, timers, watching
        from live.bus import BUS
        from live.hub import HUB

        ladder.register()
        bell.listen(HUB.hint)
        bell.listen(BUS.publish)
        bell.listen_for_ends(HUB.session_ended)
        bell.listen_for_ends(BUS.publish_end)
        watching.register_worker("live.timers", timers.run_due, seconds=limits.TIMER_SECONDS)
