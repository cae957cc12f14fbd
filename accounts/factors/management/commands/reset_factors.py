"""manage.py reset_factors EMAIL: for an operator, when no two administrators are left who could do it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.factors.resets import reset_by_operator
from accounts.models import Person


class Command(BaseCommand):
    """It takes the factors away, and nothing else: the password is asked for, and the first to enrol is believed."""

    help = "Takes a person's second factors away, signs them out everywhere and tells them. It is on the record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address they sign in with")

    def handle(self, *, email: str, **options: Any) -> None:
        person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError("Nobody who works here signs in with that address.")
        reset_by_operator(person)
        self.stdout.write("Reset. Be beside them while they sign in and enrol anew: it is on the record.")
