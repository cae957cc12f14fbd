"""The leaves of the log and their events, in the order of the places, read ahead by connections of one snapshot.

The database writes a leaf's text while this process hashes the ones before: each is half of the work. What comes next
is fetched by threads, each on a connection of its own that sees what the caller's transaction sees.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from threading import local
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from ledger.leaves import SELECTED, event_of
from ledger.services import COUNTED

ROWS = 2_000
READERS = 2
Row = tuple[Any, ...]
# What a row begins with; salt and hash are in hex, which the driver reads in half of the time that it takes for bytes.
# Behind it stands what ledger/leaves.py selects.
PLACE, EVENT_ID, SALT, HASH, PROCESS_ID, PROCESS_N, IS_MARK, LEAF = range(8)

_LEAVES = f"""
SELECT leaf.place, leaf.event_id, encode(leaf.salt, 'hex'), encode(leaf.hash, 'hex'), event.process_id::text,
    event.process_n, event.event = '{COUNTED}', {SELECTED}
FROM ledger_leaf AS leaf LEFT JOIN {event_of("leaf")} ON true
WHERE leaf.place >= %s AND leaf.place < %s ORDER BY leaf.place
"""  # noqa: S608 - columns of ledger/leaves.py
# A chunk is walked in the order of the places: sorted behind, its texts would go to the disk.
_IN_ORDER = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_gathermerge = off"
_TIMES = "SELECT min(recorded)::text, max(recorded)::text FROM ledger_leaf WHERE place >= %s AND place < %s"
_LAST = "SELECT coalesce(max(place), -1) FROM ledger_leaf"


def chunks(cursor: CursorWrapper) -> Iterator[tuple[int, list[Row]]]:
    """All rows, up to ROWS places at a time, each time with the place that they should end before.

    A place that is not there is missing from its chunk. The caller's transaction is REPEATABLE READ; inside of another
    one, all is read by its own cursor.
    """
    cursor.execute(_LAST)
    (last,) = cursor.fetchone()
    starts, ends = range(0, last + 1, ROWS), [*range(ROWS, last + 1, ROWS), last + 1]
    if connection.savepoint_ids or last < ROWS:
        yield from zip(ends, (_fetched(cursor, start) for start in starts), strict=False)
        return
    cursor.execute("SELECT pg_export_snapshot()")
    (snapshot,) = cursor.fetchone()
    with _readers(snapshot) as read:
        ahead = deque(read(start) for start in starts[: READERS + 1])
        following = iter(starts[READERS + 1 :])
        for end in ends:
            rows = ahead.popleft().result()
            ahead.extend(read(start) for start in islice(following, 1))
            yield end, rows


def _fetched(cursor: CursorWrapper, start: int) -> list[Row]:
    cursor.execute(_TIMES, [start, start + ROWS])
    cursor.execute(_LEAVES, [*cursor.fetchone(), start, start + ROWS])
    return cursor.fetchall()  # type: ignore[no-any-return]


@contextmanager
def _readers(snapshot: str) -> Iterator[Any]:
    """What reads the chunk from a place on, in the background."""
    made: list[BaseDatabaseWrapper] = []
    of_this_thread, template = local(), connection.copy()

    def cursor() -> CursorWrapper:
        if not hasattr(of_this_thread, "cursor"):
            own = template.copy()
            own.inc_thread_sharing()
            made.append(own)
            of_this_thread.cursor = own.cursor()
            of_this_thread.cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            of_this_thread.cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
            of_this_thread.cursor.execute(_IN_ORDER)
        return of_this_thread.cursor  # type: ignore[no-any-return]

    pool = ThreadPoolExecutor(READERS)

    def read(start: int) -> Future[list[Row]]:
        return pool.submit(lambda: _fetched(cursor(), start))

    try:
        yield read
    finally:
        pool.shutdown(cancel_futures=True)
        for own in made:
            own.close()
