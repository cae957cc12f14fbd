"""A transaction that its process says nothing in for ten seconds is ended by the database, and what it holds is free.

A process that is stopped (a paused machine, a debugger, SIGSTOP) inside an act holds its row locks for as long as it
is stopped: no lease and no other server helps there. Whoever sends to the same people would wait with it. What was
acknowledged was committed; what was not is sent again by its client under the same key.
"""

from django.db import connection

IDLE_MS = 10_000
_BOUND = "SELECT set_config('idle_in_transaction_session_timeout', %s, true)"


def bound_transaction() -> None:
    """For what runs by itself and takes locks. An act is bound by its key (live/keys.py). Inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUND, [str(IDLE_MS)])
