"""manage.py give_first_password: a new first password for somebody who has forgotten theirs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Person
from accounts.own_password import give_first_password


class Command(BaseCommand):
    """It ends what they had: password, sessions, PINs. Their second factor stays as it is, and is still asked for."""

    help = "Gives a person a new first password, prints it once, and signs them out everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address they sign in with")

    def handle(self, *, email: str, **options: Any) -> None:
        person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError("Nobody who works here signs in with that address.")
        self.stdout.write("The first password, good for one change within 72 hours:")
        self.stdout.write(give_first_password(person, agent=None))
