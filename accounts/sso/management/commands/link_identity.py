"""manage.py link_identity EMAIL SUBJECT: the provider's account `SUBJECT` is the person of that address."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from accounts.models import Person
from accounts.sso.services import link


class Command(BaseCommand):
    help = "Links an account of the hospital's sign-in (its `sub`) with a person who is here already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("subject")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.OIDC_ISSUER:
            raise CommandError("READBACK_OIDC_ISSUER is not set: there is no provider to link with.")
        person = Person.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError("Nobody here has this address. Create the person first.")
        try:
            link(person, subject=options["subject"], agent=None, reason="operator")
        except IntegrityError as exc:
            raise CommandError("This account of the provider is linked with somebody else.") from exc
        self.stdout.write("Linked. It is on the record.")
