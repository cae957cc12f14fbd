"""A round of this process's marks, at a moment when it can settle what was let go."""

from django.db import connection

from ledger import marks

_ALONE = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text = pg_current_xact_id()::text"


def mark():
    """How many marks were put on record.

    A number that was let go is settled when every older transaction has ended, and the database has some of its own:
    it analyzes a table that grew, as it likes. So this waits for those first.
    """
    wait_for_what_is_older()
    return marks.of_this_process().round()


def wait_for_what_is_older():
    """Returns when no transaction is under way that began before this one, or before now where none is open."""
    is_alone = False
    while not is_alone:
        with connection.cursor() as cursor:
            cursor.execute(_ALONE)
            (is_alone,) = cursor.fetchone()
