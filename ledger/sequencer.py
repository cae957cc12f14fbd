"""Gives the events that wait their places in the log: one at a time, contiguous, each batch under a signed checkpoint.

Every serving process looks once a second, and `manage.py ledger sequence` may run besides; an advisory lock lets one
work. A batch is one transaction: leaves, full tiles, the checkpoint, and the end of the waiting are there together or
not at all. So a process may die anywhere: what it had not committed waits for the next.

Nothing is looked for by `id > last`: ids are given before commits, and a row that is committed late would be passed
over for ever. The database itself notes in `ledger_waiting`, with each event and in its transaction, that it waits; it
lets that end only with a place. docs/decisions/0006.
"""

import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from itertools import repeat
from typing import Any, NamedTuple

from django.db import connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from ledger.leaves import SALT_BYTES, SELECTED, event_of, leaf_bytes
from ledger.logins import as_sequencer, may_sequence
from ledger.merkle import EMPTY_ROOT, leaf_hash
from ledger.notes import Checkpoint, NoteRefused, key_of, open_checkpoint, sign
from ledger.services import Noted, record_all
from ledger.tiles import TILE_WIDTH, Edge, FullTile
from vault.signing import SigningKey, log_key

logger = logging.getLogger("readback.ledger")
ROUND_SECONDS = 1.0
BATCH = 2_000
BATCHES_A_ROUND = 5
HEARTBEAT_AFTER = timedelta(minutes=1)
ALARM_AFTER = timedelta(minutes=1)
HEARTBEAT = "ledger.heartbeat"
# The advisory lock's key: any number that nothing else in this database uses.
LOCK = 0x7EADBAC6

_HEAD = """
SELECT size, root, note, made < clock_timestamp() - make_interval(secs => %s)
FROM ledger_checkpoint ORDER BY size DESC LIMIT 1
"""
_TIMES = """
SELECT min(recorded)::text, max(recorded)::text
FROM (SELECT recorded FROM ledger_waiting ORDER BY event_id, recorded LIMIT %s) AS waiting
"""
_WAITING = f"""
SELECT waiting.recorded::text, {SELECTED} FROM ledger_waiting AS waiting, {event_of("waiting")}
ORDER BY waiting.event_id, waiting.recorded LIMIT %s
"""  # noqa: S608 - columns of ledger/leaves.py
_LEAVES = """
INSERT INTO ledger_leaf (place, event_id, recorded, salt, hash)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::bytea[], %s::bytea[])
"""
_PLACED = """
DELETE FROM ledger_waiting WHERE (event_id, recorded) IN (SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]))
"""
_TILES = """
INSERT INTO ledger_tile (level, index, content, root)
SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[], %s::bytea[])
"""


class LogBroken(Exception):
    """The log is not what its last checkpoint signed, or another key signed it. Nothing more is signed on top of it."""


class Head(NamedTuple):
    """The log as its last checkpoint left it."""

    size: int
    root: bytes
    note: str
    is_silent: bool


def sequence(*, heartbeat_after: timedelta = HEARTBEAT_AFTER, batch: int = BATCH, batches: int | None = None) -> int:
    """How many events got their place now; 0 as well when another process is at it.

    It goes on until nothing waits, or for so many batches.

    Raises LogBroken, NoSequencer where there is no login for it, and ProviderError where there is no key to sign with.
    """
    done = 0
    for _ in repeat(None) if batches is None else range(batches):
        several, is_silent = sequence_batch(heartbeat_after, batch)
        if is_silent:
            # By the connection that serves: the one that orders the log may put nothing on the record. Two processes
            # may say it in the same second; that is no harm.
            record_all([Noted(event=HEARTBEAT, agent=None, purpose="HOPERAT")])
            several, _ = sequence_batch(heartbeat_after, batch)
        done += several
        if several < batch:
            break
    return done


def sequence_batch(heartbeat_after: timedelta, batch: int) -> tuple[int, bool]:
    """How many got their place, and whether nothing was on the record for so long that somebody should say so."""
    signing = log_key()
    with as_sequencer() as using, transaction.atomic(using=using), connections[using].cursor() as cursor:
        # The lock ends with the transaction: it is not let go before what was written is there for the next holder.
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if cursor.fetchone() != (True,):
            return 0, False
        head = _head(cursor, heartbeat_after)
        rows = _waiting(cursor, batch)
        if rows:
            _append(cursor, rows, head, signing)
    return len(rows), not rows and head.is_silent


def _head(cursor: CursorWrapper, heartbeat_after: timedelta) -> Head:
    cursor.execute(_HEAD, [heartbeat_after.total_seconds()])
    found = cursor.fetchone()
    if found is None:
        return Head(0, EMPTY_ROOT, "", is_silent=True)
    size, root, note, is_silent = found
    return Head(size, bytes(root), note, is_silent)


def _waiting(cursor: CursorWrapper, batch: int) -> list[tuple[Any, ...]]:
    cursor.execute(_TIMES, [batch])
    first, last = cursor.fetchone()
    if first is None:
        return []
    # What came since, and is later, waits for the next look.
    cursor.execute(_WAITING, [first, last, batch])
    return list(cursor.fetchall())


def _append(cursor: CursorWrapper, rows: Sequence[tuple[Any, ...]], head: Head, signing: SigningKey) -> None:
    edge = _edge(cursor, head, signing)
    salts = [secrets.token_bytes(SALT_BYTES) for _ in rows]
    hashes = [leaf_hash(leaf_bytes(row, salt)) for (_, *row), salt in zip(rows, salts, strict=True)]
    full = [tile for hashed in hashes for tile in edge.append(hashed)]
    times, ids = [row[0] for row in rows], [row[1] for row in rows]
    cursor.execute(_LEAVES, [list(range(head.size, edge.size)), ids, times, salts, hashes])
    _keep_tiles(cursor, full)
    cursor.execute(_PLACED, [ids, times])
    checkpoint = Checkpoint(signing.origin, edge.size, edge.root())
    cursor.execute(
        "INSERT INTO ledger_checkpoint (size, root, note) VALUES (%s, %s, %s)",
        [checkpoint.size, checkpoint.root, sign(checkpoint, signing)],
    )


def _keep_tiles(cursor: CursorWrapper, full: Sequence[FullTile]) -> None:
    if full:
        columns = zip(*((tile.level, tile.index, tile.content, tile.root) for tile in full), strict=True)
        cursor.execute(_TILES, [list(column) for column in columns])


def _edge(cursor: CursorWrapper, head: Head, signing: SigningKey) -> Edge:
    """The edge to go on from, as it lies in the tables. Raises LogBroken where that is not what was signed.

    A log that signs on top of a tree that somebody has changed would vouch for the change.
    """
    if head.size:
        try:
            signed = open_checkpoint(head.note, key_of(signing))
        except NoteRefused as exc:
            raise LogBroken(f"The last checkpoint is not this log's: {exc}") from exc
        if (signed.size, signed.root) != (head.size, head.root):
            raise LogBroken("The last checkpoint's row is not what was signed.")
    try:
        edge = Edge(head.size, partial_tiles(cursor, head.size))
    except ValueError as exc:
        raise LogBroken(f"Leaves or tiles are missing: {exc}") from exc
    if edge.root() != head.root:
        raise LogBroken(f"The newest leaves do not have the root of the checkpoint at {head.size}.")
    return edge


def partial_tiles(cursor: CursorWrapper, size: int) -> list[list[bytes]]:
    """The hashes of the partial tiles of a tree of this size, from level 0 up: what Edge goes on from."""
    levels, level, count = [], 0, size
    while count:
        start = count - count % TILE_WIDTH
        if level == 0:
            statement = "SELECT hash FROM ledger_leaf WHERE place >= %s AND place < %s ORDER BY place"
            cursor.execute(statement, [start, count])
        else:
            statement = "SELECT root FROM ledger_tile WHERE level = %s AND index >= %s AND index < %s ORDER BY index"
            cursor.execute(statement, [level - 1, start, count])
        levels.append([bytes(hashed) for (hashed,) in cursor.fetchall()])
        level, count = level + 1, count // TILE_WIDTH
    return levels


def longest_wait() -> timedelta:
    """How long the first event that waits for its place has waited, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() - recorded FROM ledger_waiting ORDER BY event_id, recorded LIMIT 1")
        found = cursor.fetchone()
    return max(found[0], timedelta()) if found else timedelta()


def run_round() -> None:
    """One look of a serving process. What waits for longer than a minute is an alarm, whoever should have worked.

    It ends after a few batches, however much waits: a server that is to stop waits for its threads.
    """
    try:
        if may_sequence():
            sequence(batches=BATCHES_A_ROUND)
    finally:
        if longest_wait() > ALARM_AFTER:
            logger.error("ledger.behind" if may_sequence() else "ledger.nobody_sequences")
