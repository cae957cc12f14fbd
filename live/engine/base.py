"""Says with each statement for whom it is sent, in the same message: `SET LOCAL readback.acting = '...'; SELECT ...`.

SET LOCAL ends with its transaction, and a message of several statements outside of one is a transaction by itself. So
nothing is left on a connection that the next request gets, whatever was committed, rolled back or broken off, and a
pooler between transactions may hand it on. It costs no message more. What is not said is not assumed: a statement
without it is nobody's, and row-level security shows nobody a patient.
"""

import re
from typing import Any

from django.db.backends import utils
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base

from live.acting import acting

_NAME = re.compile(r"[a-z0-9:_.-]*[+]?")
# They read nothing; and in a transaction that has failed PostgreSQL takes ROLLBACK TO SAVEPOINT, and nothing before it.
_OF_A_SAVEPOINT = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


class _SayingWhoActs:
    """A cursor's last step before the driver: whatever wraps it sees the statement as it was written."""

    db: BaseDatabaseWrapper

    def _execute(self, sql: Any, params: Any, *ignored: Any) -> Any:
        return super()._execute(said(sql, self.db), params, *ignored)  # type: ignore[misc]

    def _executemany(self, sql: Any, param_list: Any, *ignored: Any) -> Any:
        return super()._executemany(said(sql, self.db), param_list, *ignored)  # type: ignore[misc]


class CursorWrapper(_SayingWhoActs, utils.CursorWrapper):
    """Django's, that says who acts."""


class CursorDebugWrapper(_SayingWhoActs, base.CursorDebugWrapper):
    """Django's that counts, and says who acts."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose cursors say who acts."""

    def make_cursor(self, cursor: Any) -> utils.CursorWrapper:
        """What Django calls for each cursor."""
        return CursorWrapper(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> utils.CursorDebugWrapper:
        """The same while statements are counted."""
        return CursorDebugWrapper(cursor, self)


def said(sql: Any, db: BaseDatabaseWrapper) -> Any:
    """The statement with who acts in front of it."""
    name = acting()
    # Nobody is said inside a transaction only: somebody may have been said there before.
    if not (name or db.in_atomic_block) or (isinstance(sql, str) and sql.startswith(_OF_A_SAVEPOINT)):
        return sql
    # Nothing can be written into the statement this way but what a name is made of.
    if not _NAME.fullmatch(name):
        raise ValueError("who acts is an id or a reason")
    return f"SET LOCAL readback.acting = '{name}'; {sql}"
