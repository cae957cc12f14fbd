"""manage.py scim_token EMAIL [--end]: a token for the hospital's directory, for which that administrator answers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Person
from accounts.scim.tokens import end_tokens, make_token
from live.refusals import Denied


class Command(BaseCommand):
    help = "Makes a SCIM token that lasts ninety days and prints it once; --end ends those of the administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--end", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError("Nobody here has this address.")
        if options["end"]:
            self.stdout.write(f"{end_tokens(person)} ended.")
            return
        try:
            token, text = make_token(person)
        except Denied as exc:
            raise CommandError(exc.message) from exc
        self.stdout.write(f"Until {token.expires:%Y-%m-%d}. It is shown this once:\n{text}")
