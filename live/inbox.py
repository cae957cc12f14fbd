"""The inbox of each person: what an act announces, numbered without a gap.

The recipients' streams are locked in the order of their ids, in one statement, so two acts that announce to the same
people never wait for each other in a circle. Numbers are given under that lock and committed with the act: a reader
that sees number N has, or can have, every number before it (docs/decisions/0040).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from live import bell
from live.statements import Call, Statement, run_together


@dataclass(frozen=True)
class Subject:
    """What an item is about: a kind that the announcing room knows, and its id. Never its content."""

    kind: str
    id: UUID


@dataclass(frozen=True)
class Announcement:
    """One event for some people. With `climbs`, each of them is a ladder that `sender` watches."""

    event: str
    recipients: Sequence[UUID]
    subject: Subject
    sender: UUID | None = None
    climbs: bool = False


# `later` counts how many of the same person's rows follow in this call: the last one gets the head.
_ANNOUNCE = Statement("""
WITH news AS (
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::boolean[])
        AS news (person_id, later, event, subject_kind, subject_id, sender_id, climbs)
), bumped AS (
    INSERT INTO live_stream (person_id, head)
    SELECT person_id, count(*) FROM news GROUP BY person_id ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE SET head = live_stream.head + EXCLUDED.head
    RETURNING person_id, head
), items AS (
    INSERT INTO live_inboxitem (person_id, number, event, subject_kind, subject_id, sender_id, climbs)
    SELECT person_id, head - later, event, subject_kind, subject_id, sender_id, climbs
    FROM bumped JOIN news USING (person_id)
), stored AS (
    INSERT INTO live_rung (id, subject_kind, subject_id, person_id, name, device)
    SELECT gen_random_uuid(), subject_kind, subject_id, person_id, 'stored', ''
    FROM bumped JOIN news USING (person_id) WHERE climbs
    ON CONFLICT (subject_id, person_id, name) DO NOTHING
)
SELECT person_id, head FROM bumped
""")


def announce(*announcements: Announcement, behind: Sequence[Call] = ()) -> None:
    """Writes one numbered row per recipient and announcement, and wakes their sockets after the commit.

    Called once per act, as the last thing before the commit: it holds the recipients' streams until then. A person who
    is named twice in one announcement gets one row; in two announcements, two rows in their order. What else the act
    writes last may go in the same message, and is done before.
    Raises TransactionManagementError outside a transaction: an event without its act must not exist.
    """
    require_transaction()
    rows = [(person_id, said) for said in announcements for person_id in dict.fromkeys(said.recipients)]
    if not rows:
        run_together(behind)
        return
    heads: dict[UUID, int] = dict(run_together([*behind, _announcing(rows)]))
    transaction.on_commit(partial(bell.ring, heads))


def _announcing(rows: Sequence[tuple[UUID, Announcement]]) -> Call:
    remaining = Counter(person_id for person_id, _ in rows)
    later: list[int] = []
    for person_id, _ in rows:
        remaining[person_id] -= 1
        later.append(remaining[person_id])
    return Call(
        _ANNOUNCE,
        [
            [person_id for person_id, _ in rows],
            later,
            [said.event for _, said in rows],
            [said.subject.kind for _, said in rows],
            [said.subject.id for _, said in rows],
            [said.sender for _, said in rows],
            [said.climbs for _, said in rows],
        ],
    )


def require_transaction() -> None:
    """Raises TransactionManagementError unless a transaction is open."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an act announces and claims its key inside its transaction")
