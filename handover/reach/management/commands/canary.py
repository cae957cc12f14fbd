"""A page to nobody through every channel, each minute: manage.py canary. docs/channels.md."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from handover.reach import canary, channels


class Command(BaseCommand):
    """Asks for them; a server or a worker sends them. What became of them stands on the administrators' page."""

    help = "Sends a synthetic page through every channel that has a canary address, each minute, until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one through each channel, and no more")

    def handle(self, *, once: bool, **options: Any) -> None:
        without = sorted(set(channels.configured()) - set(canary.may_sing()))
        if without:
            self.stderr.write(f"READBACK_CANARY names no address for: {', '.join(without)}.")
        if not canary.may_sing():
            raise CommandError("No channel is set up that has an address in READBACK_CANARY (docs/channels.md).")
        stopped = threading.Event()
        if not once:
            for signum in (signal.SIGTERM, signal.SIGINT):
                signal.signal(signum, lambda *_: stopped.set())
        while True:
            through = canary.sing()
            self.stdout.write(f"canary through {', '.join(through)}")
            self.stdout.flush()
            if once or stopped.wait(canary.EVERY_SECONDS):
                return
