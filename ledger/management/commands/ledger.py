"""`manage.py ledger init | key | sequence | verify | export`: the log's key, its order, the check of all of it, a copy.

verify ends with 0 for a good log, 1 for one that was tampered with, 2 where it cannot be proved, 3 for a wrong call.
"""

import time
from argparse import ArgumentParser
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ledger import provision, sequencer, verifications
from ledger.copying import export_log
from ledger.cosignatures import check_cosignatures
from ledger.logins import NoSequencer, as_reader
from ledger.notes import Checkpoint, Key, NoteRefused, key_of, open_checkpoint, parse_vkey, vkey_of
from ledger.verifying import NotProvable, Tampered, verify
from ledger.witnesses import configured
from vault.errors import VaultError
from vault.signing import log_key

TAMPERED, NOT_PROVABLE, USAGE = 1, 2, 3


class Command(BaseCommand):
    # A log is verified also where the server's settings would not do to serve.
    requires_system_checks = ()
    help = "Signs the log, gives its events their order, and verifies it."
    _began = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("init", help="make the key file of a new log")
        acts.add_parser("key", help="print the log's public key, for whoever verifies")
        sequence = acts.add_parser("sequence", help="give events their places, until it is stopped")
        sequence.add_argument("--once", action="store_true", help="those that wait now, and end")
        copy = acts.add_parser("export", help="write checkpoint, tiles and entries as files (c2sp.org/tlog-tiles)")
        copy.add_argument("directory", type=Path, help="a new or an empty directory")
        check = acts.add_parser("verify", help="verify the whole log; exit 0 good, 1 tampered, 2 not provable, 3 usage")
        check.add_argument("--vkey", help="the log's public key, where its key file is not at hand")
        check.add_argument("--known", type=Path, action="append", default=[], help="a checkpoint that was kept")
        check.add_argument("--witness", action="append", default=[], help="a witness's key; those of the settings else")
        check.add_argument("--quorum", type=int, default=settings.LOG_WITNESS_QUORUM, help="how many must have seen it")
        check.add_argument("--verification", type=UUID, help="the row that says how far it is, of the officer's page")

    def run_from_argv(self, argv: list[str]) -> None:
        """As Django's, but a wrong call ends with 3: 2 says something of the log."""
        try:
            super().run_from_argv(argv)
        except SystemExit as ended:
            is_wrong_call = ended.code == 2 and not self._began
            raise SystemExit(USAGE if is_wrong_call else ended.code) from None

    def handle(self, *args: Any, **options: Any) -> None:
        self._began = True
        acts = {
            "init": self.init,
            "key": self.key,
            "sequence": self.sequence,
            "verify": self.verify,
            "export": self.export,
        }
        try:
            acts[str(options["act"])](options)
        except (VaultError, sequencer.LogBroken, NoSequencer) as exc:
            raise CommandError(str(exc), returncode=NOT_PROVABLE) from exc
        finally:
            if options.get("verification"):
                # Where it ended with a verdict, that stays.
                verifications.end(options["verification"], "broken_off", words="", places=None)

    def init(self, options: dict[str, Any]) -> None:
        path = provision.make_log_key()
        self.stdout.write(f"Made {path}. Keep a copy apart from the database's backups, and give the public key away:")
        self.key(options)

    def key(self, options: dict[str, Any]) -> None:
        self.stdout.write(vkey_of(key_of(log_key())))

    def sequence(self, options: dict[str, Any]) -> None:
        while True:
            done = sequencer.sequence()
            if options["once"]:
                self.stdout.write(f"{done} events have their place in the log now.")
                return
            time.sleep(sequencer.ROUND_SECONDS)

    def export(self, options: dict[str, Any]) -> None:
        try:
            with as_reader():
                size = export_log(options["directory"], progress=self._count)
        except FileExistsError as exc:
            raise CommandError(f"{options['directory']} is not empty.", returncode=USAGE) from exc
        self.stdout.write(f"{size} entries are in {options['directory']}, with ids of patients and staff: keep it so.")

    def verify(self, options: dict[str, Any]) -> None:
        # Whoever only verifies needs to read the log and nothing else; what the officer began also says how far it is.
        with nullcontext() if options["verification"] else as_reader():
            self._verify(options)

    def _verify(self, options: dict[str, Any]) -> None:
        key, row = self._key(options["vkey"]), options["verification"]
        known = [self._kept(path, key) for path in options["known"]]
        progress = partial(verifications.seen_at, row) if row else self._count
        try:
            verdict = verify(key, known=known, progress=progress)
            keys = self._witnesses(options["witness"])
            verdict.remarks += check_cosignatures(keys, quorum=options["quorum"], size=verdict.places)
        except (Tampered, NotProvable) as exc:
            place = exc.place if isinstance(exc, Tampered) else None
            outcome, code = ("tampered", TAMPERED) if isinstance(exc, Tampered) else ("not_provable", NOT_PROVABLE)
            if row:
                verifications.end(row, outcome, words=str(exc), places=None, bad_place=place)
            where = "" if place is None else f" First bad place: {place}."
            raise CommandError(f"{outcome.replace('_', ' ').upper()}. {exc}{where}", returncode=code) from exc
        if row:
            verifications.end(row, "good", words="\n".join(verdict.remarks), places=verdict.places)
        for remark in verdict.remarks:
            self.stdout.write(f"Remark: {remark}")
        self.stdout.write(f"GOOD. {verdict.places} places, {verdict.checkpoints} checkpoints of {key.name}.")

    def _witnesses(self, vkeys: list[str]) -> list[Key]:
        try:
            return [parse_vkey(vkey) for vkey in vkeys] or [witness.key for witness in configured()]
        except NoteRefused as exc:
            raise CommandError(f"--witness: {exc}", returncode=USAGE) from exc

    def _key(self, vkey: str | None) -> Key:
        try:
            return parse_vkey(vkey) if vkey else key_of(log_key())
        except NoteRefused as exc:
            raise CommandError(f"--vkey: {exc}", returncode=USAGE) from exc

    def _kept(self, path: Path, key: Key) -> Checkpoint:
        try:
            return open_checkpoint(path.read_bytes(), key)
        except OSError as exc:
            raise CommandError(f"--known {path}: {exc.strerror}", returncode=USAGE) from exc
        except NoteRefused as exc:
            raise CommandError(f"NOT PROVABLE. --known {path}: {exc}", returncode=NOT_PROVABLE) from exc

    def _count(self, places: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{places} places", ending="")
            self.stdout.flush()
