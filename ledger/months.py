"""The months of the record: `ledger_event` is partitioned by them, and the next ones are made ahead.

The database makes them itself, by a function of the tables' owner (ledger/migrations/0006_by_month.py): the server owns
nothing, only asks for it, and does not say which. An event of a month that nobody made is kept all the same, with those
of no month: it is found, ordered and proved as any other. docs/decisions/0009.
"""

import logging

from django.db import connection

logger = logging.getLogger("readback.ledger")
ROUND_SECONDS = 900.0


def make_ahead() -> int:
    """How many of this month and the next three are not there afterwards: 0, but for a while.

    One that could not be made at once, since somebody read all of the record, is made the next time.
    """
    with connection.cursor() as cursor:
        # None there yet while the log's first migrations are run by themselves.
        cursor.execute("SELECT to_regprocedure('ledger_make_months()') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute("SELECT ledger_make_months()")
        (missing,) = cursor.fetchone()
    return int(missing)


def run_round() -> None:
    """One look of a serving process."""
    missing = make_ahead()
    if missing:
        logger.warning("ledger.months_missing", extra={"months": missing})
