"""`manage.py audit feed`: sends the record's events to the hospital's receiver, until it is stopped."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.outgoing import feed


class Command(BaseCommand):
    help = "Sends the record's events as syslog over TLS. The serving processes do so too; one of all sends at a time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        feeding = acts.add_parser("feed", help="send events, until it is stopped")
        feeding.add_argument("--once", action="store_true", help="those that wait now, and end")
        feeding.add_argument("--from", dest="place", type=int, help="go on from this place of the log; 0 is all of it")

    def handle(self, *args: Any, **options: Any) -> None:
        if not feed.receiver().url:
            raise CommandError("READBACK_FEED_URL says where: tls://host:6514")
        if options["place"] is not None:
            if options["place"] < 0:
                raise CommandError("A place of the log is 0 or more.")
            feed.begin_at(options["place"])
        while True:
            sent = feed.run_round()
            if options["once"]:
                self.stdout.write(f"{sent} events were taken.")
                return
            if not sent:
                time.sleep(feed.ROUND_SECONDS)
