"""manage.py import_fhir FILE...: takes FHIR R4 Bundles into a unit, and says of each what was taken and left."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Unit
from handover.interop.fhir.reading import MAX_BYTES
from handover.interop.services import Report, import_file
from live.acting import acting_as_system


class Command(BaseCommand):
    help = "Import FHIR R4 Bundles (document, collection, transaction, searchset), one patient a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--unit", help="the name of the unit that looks after the patients (default: the first)")
        parser.add_argument("--json", action="store_true", help="one JSON object a file on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        unit = self._unit(options["unit"])
        failed = 0
        for place, path in enumerate(options["files"], 1):
            self.stderr.write(f"{place} of {len(options['files'])}: {Path(path).name}")
            report = self._import(Path(path), unit)
            failed += bool(report.error)
            self._tell(report, as_json=options["json"])
        if failed:
            sys.exit(1)

    def _unit(self, name: str | None) -> Unit:
        units = Unit.objects.order_by("facility__name", "name")
        unit = units.filter(name=name).first() if name else units.first()
        if unit is None:
            known = ", ".join(units.values_list("name", flat=True))
            raise CommandError(f"There is no unit '{name or ''}'. The units are: {known or 'none yet'}.")
        return unit

    def _import(self, path: Path, unit: Unit) -> Report:
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as exc:
            return Report(file=str(path), error=f"The file cannot be read: {exc.strerror}.")
        with acting_as_system("import.command"):
            return import_file(None, name=str(path), raw=raw, unit=unit, key=uuid4())

    def _tell(self, report: Report, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
            return
        if report.error:
            self.stdout.write(f"  not imported: {report.error}")
            return
        told = ", ".join(f"{count} {kind}" for kind, count in report.taken.items())
        self.stdout.write(f"  {'taken' if report.is_changed else 'already here, nothing changed'}: {told}")
        for line in report.left:
            self.stdout.write(f"  left {line['entry']}: {line['why']}")
