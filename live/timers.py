"""Timers: what is to happen at a time by the database's clock, done by whichever process finds it due.

A timer is a row, set by an act in its transaction. Every process looks every second. It claims what is due (SKIP
LOCKED, so that no process waits for another) and commits the claim: a lease and a fence. Then each timer fires in one
transaction: what its handler writes, what is announced and the end of the row are committed together, or nothing is.
Who dies after the claim closes their connection, by which the others see it; who is cut off or stopped leaves a lease
that runs out. Who was only slow finds another fence on the row, and takes back
what they did. The process's own clock is never asked. docs/decisions/0045, 0083.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from live.acting import acting_as_system
from live.bounds import bound_transaction
from live.inbox import Announcement, announce, require_transaction
from live.watching import grace

logger = logging.getLogger("readback.live")
# What a handful of handlers may take before another process tries, too: who waits for a process that cannot be seen to
# have died (the machine is gone, and its connections are not) waits for this and one look, less than 15 s.
LEASE = timedelta(seconds=12)
# So long a lease holds also where its connection is gone. A handler by which the connection breaks is not tried anew in
# the same moment, again and again.
BROKEN = timedelta(seconds=2)
AT_ONCE = 10
# Of one look: a process that is stopped between two timers of a burst looks at its other work, too.
MOST_CLAIMS = 100

Handler = Callable[[UUID], Sequence[Announcement]]
_handlers: dict[str, Handler] = {}
# Kinds that come again, and after how long.
_again: dict[str, timedelta] = {}


@dataclass(frozen=True)
class Claim:
    """A timer that this process may fire, while the row still carries this fence."""

    id: int
    kind: str
    subject_id: UUID
    fence: int


def register_timer(kind: str, handler: Handler, *, every: timedelta | None = None) -> None:
    """From now on `handler` does what is due: it locks its subject, looks if it is still so, and says what to tell.

    It runs in the firing transaction and may run again after a failure; nothing that it did before is there then. With
    `every` the timer comes again, so long after it fired, until it is dropped.
    """
    _handlers[kind] = handler
    if every is not None:
        _again[kind] = every


_SET = """
INSERT INTO live_timer (kind, subject_id, due) VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (kind, subject_id) DO UPDATE
SET due = EXCLUDED.due, leased_until = NULL, leased_by = NULL, fence = live_timer.fence + 1
"""


def set_timer(kind: str, subject_id: UUID, *, after: timedelta) -> None:
    """The timer of this subject, in the act's transaction; one that was set before is replaced."""
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_SET, [kind, subject_id, after.total_seconds()])


def drop_timer(kind: str, subject_id: UUID) -> None:
    """Nothing will happen any more, in the act's transaction."""
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM live_timer WHERE kind = %s AND subject_id = %s", [kind, subject_id])


# Only kinds that this process can fire: an older one leaves a newer one's alone. Whose connection is gone is dead, or
# has lost what they did in it: the fence decides as for whoever was slow. Behind a pooler the connection stays, and so
# does the lease. A number that another connection has been given since only means that the lease is waited for.
_CLAIM = """
UPDATE live_timer
SET leased_until = clock_timestamp() + make_interval(secs => %s), leased_by = pg_backend_pid(), fence = fence + 1
WHERE id = ANY(ARRAY(  -- an array is made once; a subquery may be run again, and its LIMIT hold for none of its runs
    SELECT id FROM live_timer
    WHERE due <= clock_timestamp() - make_interval(secs => %s) AND kind = ANY(%s)
    AND (leased_until IS NULL OR leased_until < clock_timestamp() OR (
        leased_until < clock_timestamp() + make_interval(secs => %s)
        AND leased_by <> ALL(ARRAY(SELECT pid FROM pg_stat_activity))
    ))
    ORDER BY due LIMIT %s FOR UPDATE SKIP LOCKED
)) RETURNING id, kind, subject_id, fence
"""
# A timer that was set anew meanwhile has another fence.
_END = "DELETE FROM live_timer WHERE id = %s AND fence = %s"
_AGAIN = """
UPDATE live_timer SET due = clock_timestamp() + make_interval(secs => %s), leased_until = NULL, leased_by = NULL
WHERE id = %s AND fence = %s
"""


def claim_due() -> list[Claim]:
    """What is due and nobody has, leased to this process; committed when it returns."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        bound_transaction()
        seconds = [each.total_seconds() for each in (LEASE, grace(), LEASE - BROKEN)]
        cursor.execute(_CLAIM, [*seconds[:2], list(_handlers), seconds[2], AT_ONCE])
        return [Claim(*row) for row in cursor.fetchall()]


def fire(claim: Claim) -> bool:
    """Whether this timer fired here: all of it is committed, or nothing. Raises what its handler raises.

    The handler's locks come first and the timer's row after them, as in the acts that set it.
    """
    with acting_as_system("live.timer"), transaction.atomic(durable=True):
        bound_transaction()
        news = _handlers[claim.kind](claim.subject_id)
        if not _ended(claim):
            transaction.set_rollback(True)
            return False
        announce(*news)
        return True


def _ended(claim: Claim) -> bool:
    """Whether the row still carried this fence: it is gone now, or waits for its next time."""
    every = _again.get(claim.kind)
    with connection.cursor() as cursor:
        if every is None:
            cursor.execute(_END, [claim.id, claim.fence])
        else:
            cursor.execute(_AGAIN, [every.total_seconds(), claim.id, claim.fence])
        return bool(cursor.rowcount == 1)


def run_due() -> int:
    """How many timers fired. One that fails is on the process's log, and is tried again when its lease has run out."""
    fired = 0
    for _ in range(MOST_CLAIMS):
        claims = claim_due()
        for claim in claims:
            try:
                fired += fire(claim)
            except Exception:
                logger.exception("live.timer_failed", extra={"timer": claim.kind})
        if not claims:
            break
    return fired
