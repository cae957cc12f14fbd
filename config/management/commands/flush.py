"""manage.py flush: Django's, as the owner of the tables: the server's role empties none."""

from typing import Any

from django.core.management.commands.flush import Command as Flush

from config.roles import as_owner


class Command(Flush):
    def handle(self, *args: Any, **options: Any) -> None:
        """Empties every table that the database lets be emptied."""
        with as_owner():
            super().handle(*args, **options)
