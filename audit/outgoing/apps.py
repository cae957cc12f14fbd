"""The Django application of what leaves the desk: exports of a search, and the feed that each server looks after."""

from django.apps import AppConfig


class OutgoingConfig(AppConfig):
    name = "audit.outgoing"
    label = "outgoing"

    def ready(self) -> None:
        from audit.outgoing import feed, notices
        from live import watching

        notices.register()
        watching.register("audit.feed", feed.run_round, seconds=feed.ROUND_SECONDS)
