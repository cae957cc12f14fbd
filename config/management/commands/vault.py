"""manage.py vault: the vault's own, and turning keys asks for two administrators first (docs/decisions/0064)."""

from argparse import ArgumentParser
from typing import get_args

from django.core.management.base import CommandError

from accounts.people import approvals
from live.refusals import Conflict
from vault import rotation
from vault.management.commands.vault import Command as Vault


class Command(Vault):
    def add_arguments(self, parser: ArgumentParser) -> None:
        """The vault's, and the way for whoever holds the shell and finds no second administrator."""
        super().add_arguments(parser)
        parser.add_argument(
            "--alone", choices=get_args(approvals.Alone), help="turn keys without two administrators: why, on record"
        )

    def handle(self, *args: object, **options: object) -> None:
        """Turns keys once two have approved it. Raises CommandError where they have not."""
        if options["act"] == "rotate" and not self._goes_on(options):
            self._require_two(options.get("alone"))
        super().handle(*args, **options)

    def _goes_on(self, options: dict[str, object]) -> bool:
        """Whether an earlier turning broke off, and this one finishes it."""
        return not options.get("data_keys") and rotation.left_to_rewrap() > 0

    def _require_two(self, alone: object) -> None:
        if alone:
            approvals.begin_key_turn_alone(str(alone))
            return
        try:
            approvals.begin_key_turn()
        except Conflict as refusal:
            words = f"{refusal.message} It is good for a day, and for one. Where there are no two: --alone WHY."
            raise CommandError(words) from refusal
