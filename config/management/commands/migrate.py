"""manage.py migrate: Django's, as the owner of the tables; then the server's role is given what it needs on them."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate

from config.roles import as_owner, grant_to_server
from ledger.months import make_ahead


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrates, grants, and makes months ahead. What only looks (--plan, --check) does nothing of it."""
        with as_owner():
            super().handle(*args, **options)
            if not options["plan"] and not options["check_unapplied"]:
                grant_to_server()
                # A server that was off for a season finds no month of today.
                make_ahead()
