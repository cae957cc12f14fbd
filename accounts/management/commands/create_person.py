"""manage.py create_person: the account of somebody who works here, for an operator who has nobody to ask yet."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.models import Role
from accounts.newcomers import create_person
from live.refusals import Refusal


class Command(BaseCommand):
    """It prints a first password once: good for one change within 72 hours."""

    help = "Makes the account of a person, and prints their first password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address they sign in with")
        parser.add_argument("name", help="their name as colleagues know it")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--unit", action="append", default=[], help="the name of a unit they belong to; repeatable")

    def handle(self, *, email: str, name: str, role: str, unit: list[str], **options: Any) -> None:
        """Refused for an address that somebody has, and for a unit that is not there or is there twice."""
        try:
            validate_email(email)
            person, first = create_person(email=email, display_name=name, role=role, unit_names=unit, agent=None)
        except ValidationError as exc:
            raise CommandError("That is no e-mail address.") from exc
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(
            f"{person.display_name} signs in as {person.email} with this first password, within 72 hours:"
        )
        self.stdout.write(first)
