"""A database connection apart from the caller's: what is written here stays when the caller rolls back.

Two things need that: a new data key (a key that seals must outlive any rollback) and the record of a failure. Both
are rare, so the connection is opened for the moment and closed again; nothing waits for it and nothing holds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def cursor_apart() -> Iterator[CursorWrapper]:
    """A cursor on a connection of its own, in autocommit: each statement is durable when it returns.

    It must not wait for rows that the caller's transaction holds locked: neither could then go on, and PostgreSQL
    cannot see that deadlock. The time limit turns a mistake into an error.
    """
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            yield cursor
    finally:
        other.close()
