"""`manage.py vault init | health | rotate [--data-keys]`: what an operator does with keys, with counts on the way."""

from argparse import ArgumentParser
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError

from vault import provision, rotation, services
from vault.errors import VaultError


class Command(BaseCommand):
    help = "Makes, checks and turns encryption keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("init", help="make the key file of a new installation")
        acts.add_parser("health", help="say whether the key provider holds the keys of this database")
        rotate = acts.add_parser("rotate", help="a new provider key that wraps every data key; resumes")
        rotate.add_argument("--data-keys", action="store_true", help="a new data key for everybody instead")

    def handle(self, *args: object, **options: object) -> None:
        acts = {
            "init": self.init,
            "health": self.health,
            "rotate": self.rotate_data_keys if options.get("data_keys") else self.rotate_provider_key,
        }
        try:
            acts[str(options["act"])]()
        except VaultError as exc:
            raise CommandError(str(exc)) from exc

    def init(self) -> None:
        path = provision.make_key_file()
        self.stdout.write(f"Made {path}. Keep a copy apart from the database's backups: without it nothing opens.")

    def health(self) -> None:
        found = services.health()
        if not found.is_good:
            raise CommandError(found.words)
        self.stdout.write("The key provider is good, and holds the key of the newest data key.")

    def rotate_provider_key(self) -> None:
        waiting = rotation.left_to_rewrap()
        if waiting:
            self.stdout.write(f"Finishing a rotation: {waiting} data keys are still wrapped by an earlier key.")
        else:
            self.stdout.write(f"The new primary key is {rotation.turn_provider_key()}.")
            waiting = rotation.left_to_rewrap()
        self._count(rotation.rewrap(), of=waiting, what="data keys rewrapped")
        self.stdout.write(f"{rotation.left_to_rewrap()} data keys are left under an earlier key.")

    def rotate_data_keys(self) -> None:
        self._count(rotation.turn_data_keys(), of=None, what="patients and persons have a new data key")
        self.stdout.write("What was sealed before stays under the earlier keys, which still open it.")

    def _count(self, steps: Iterator[int], *, of: int | None, what: str) -> None:
        done = 0
        for done in steps:
            if done % rotation.ROWS_AT_A_TIME == 0:
                self.stdout.write(f"{done}{f' of {of}' if of else ''} {what} ...")
        self.stdout.write(f"{done} {what}.")
