"""Timers and what is sent outside the page, in a process of its own: manage.py worker. docs/decisions/0083."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import fitness
from config.working import work_until_stopped


class Command(BaseCommand):
    """Any number of them may run beside any number of servers: each timer fires in one of them."""

    help = "Fires timers and sends what goes outside the page, until it is stopped."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        fitness.require_database()
        fitness.require_durability()
        fitness.require_migrations()
        fitness.require_least_privilege()
        fitness.require_keys()
        fitness.require_bus()
        fitness.require_log_key()
        if not settings.REDIS_URL:
            self.stderr.write(
                "Without REDIS_URL nobody tells the servers what a timer announced here: an open page shows it "
                f"{settings.LIVE_POLL_SECONDS:.0f} s later at the latest."
            )
        work_until_stopped(when_ready=lambda: self._say("worker ready"))
        self._say("worker stopped")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
