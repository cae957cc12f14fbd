"""manage.py demonstration: makes the demonstration hospital, once."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demonstration.build import build
from config.demonstration.seeds import Scale


class Command(BaseCommand):
    help = "Makes the demonstration hospital: 3 facilities, 12 units, 120 staff, 400 patients, and their handovers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, default=Scale.patients, help="how many patients (default 400)")
        parser.add_argument("--staff", type=int, default=Scale.staff, help="how many people work there (default 120)")

    def handle(self, **options: Any) -> None:
        """Does nothing when the hospital is there. Refused outside the demonstration: its people are for anybody."""
        if not settings.DEMONSTRATION:
            raise CommandError("The demonstration hospital is made only with READBACK_DEMONSTRATION=1.")
        built = build(Scale(patients=options["patients"], staff=options["staff"]))
        if options["verbosity"]:
            words = f"{built.patients} patients, {built.handovers} handovers" if built.is_new else "there already"
            self.stdout.write(f"The demonstration hospital: {words}.")
