"""A transaction that its process says nothing in for ten seconds is ended by the database, and what it holds is free.

A process that is stopped (a paused machine, a debugger, SIGSTOP) inside an act holds its row locks for as long as it
is stopped: no lease and no other server helps there. Whoever sends to the same people would wait with it. What was
acknowledged was committed; what was not is sent again by its client under the same key.
"""

from live.statements import Call, Statement, run_together

IDLE_MS = 10_000
_BOUND = Statement("SELECT set_config('idle_in_transaction_session_timeout', %s, true)")


def bound_transaction() -> None:
    """For what runs by itself and takes locks. An act is bound by its key (live/keys.py). Inside a transaction."""
    run_together([bounding()])


def bounding() -> Call:
    """The same, for what sends its first statement with it."""
    return Call(_BOUND, [str(IDLE_MS)])
