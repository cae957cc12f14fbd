"""Checks the whole stored log, from the first event to the last checkpoint, and names the first place that is wrong.

Everything is computed anew from the events and the salts: leaves, tiles, and the root at each checkpoint; and what each
process counted is there (ledger/counted.py). Each checkpoint's root is that of the beginning of one and the same list
of leaves, so every later one continues every earlier one; the log's signature on each says that it is what the log once
vouched for. What this cannot find: a log that was cut, or written anew from somewhere on, by somebody who holds its key
or an old copy of it. That takes somebody else's memory: a witness, or a checkpoint that was kept (`known`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from ledger import guards
from ledger.chunks import EVENT_ID, HASH, IS_MARK, LEAF, PLACE, PROCESS_ID, PROCESS_N, ROWS, SALT, Row, chunks
from ledger.counted import Counts, Miscounted
from ledger.leaves import salted_leaf
from ledger.merkle import leaf_hash
from ledger.notes import Checkpoint, Key, NoteRefused, open_checkpoint
from ledger.tiles import Edge, FullTile

# How long an event may wait for its place, and the log be silent, before that is said.
LONGEST_WAIT = timedelta(minutes=1)
LONGEST_SILENCE = timedelta(minutes=6)

_NO_PLACE = """
SELECT min(event.id), count(*) FROM ledger_event AS event
WHERE NOT EXISTS (SELECT FROM ledger_leaf AS leaf WHERE leaf.event_id = event.id AND leaf.recorded = event.recorded)
AND NOT EXISTS (
    SELECT FROM ledger_waiting AS waiting WHERE waiting.event_id = event.id AND waiting.recorded = event.recorded
)
"""
_NO_EVENT = """
SELECT min(waiting.event_id), count(*) FROM ledger_waiting AS waiting
WHERE NOT EXISTS (
    SELECT FROM ledger_event AS event WHERE event.id = waiting.event_id AND event.recorded = waiting.recorded
)
"""
_WAITS = "SELECT count(*) FROM ledger_waiting WHERE recorded < clock_timestamp() - make_interval(secs => %s)"
# No constraint can see to it across months. It looks at the index alone.
_TWICE = "SELECT event_id FROM ledger_leaf GROUP BY event_id HAVING count(*) > 1 ORDER BY event_id LIMIT 1"
_SIGNED = "SELECT size, root, note FROM ledger_checkpoint WHERE size >= %s ORDER BY size LIMIT %s"
_TILES = "SELECT index, content, root FROM ledger_tile WHERE level = %s AND index >= %s ORDER BY index LIMIT %s"
TILES = 64

Progress = Callable[[int], None]


class Tampered(Exception):
    """Something is not what was signed. `place` is the first bad place in the log, None where it has none."""

    def __init__(self, words: str, *, place: int | None = None) -> None:
        super().__init__(words)
        self.place = place


class NotProvable(Exception):
    """Nothing was found to be wrong, but it is not all covered by a signature that can be checked."""


@dataclass
class Verdict:
    """What was found to be good: how many places and checkpoints, the last one, and what a reader should know."""

    places: int = 0
    checkpoints: int = 0
    last: Checkpoint | None = None
    remarks: list[str] = field(default_factory=list)


def verify(key: Key, *, known: Sequence[Checkpoint] = (), progress: Progress = lambda places: None) -> Verdict:
    """The verdict on the whole log, if it is good. Raises Tampered, or NotProvable.

    `key` is the log's; `known` are checkpoints that somebody kept or a witness holds: the log must have been through
    each of them. `progress` is told the places checked so far.
    """
    # One snapshot: what is added meanwhile is not seen in halves.
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _Check(cursor, key, known).run(progress)


class _Check:
    """One run over the log: the edge of the tree as computed so far, and the next checkpoint that it must meet."""

    def __init__(self, cursor: CursorWrapper, key: Key, known: Sequence[Checkpoint]) -> None:
        self._cursor, self._key = cursor, key
        self._known = {checkpoint.size: checkpoint for checkpoint in known}
        self._edge = Edge()
        self._verdict = Verdict()
        self._signed = self._checkpoints()
        self._next = next(self._signed, None)
        # Where a checkpoint is to be met: the next that was signed, and those that were kept.
        self._stops = {*self._known, self._next[0] if self._next else 0}
        self._recorded, self._minutes = "", ""
        # By level: the next ones that are stored, read so many at a time.
        self._tiles: dict[int, dict[int, tuple[bytes, bytes]]] = {}
        self._counts = Counts(key.public)

    def run(self, progress: Progress) -> Verdict:
        """The verdict. Raises Tampered, or NotProvable."""
        for size, known in self._known.items():
            if known.origin != self._key.name or size == 0:
                raise NotProvable(f"The checkpoint of {size} places that was kept is of another log.")
        for end, rows in chunks(self._cursor):
            self._take(rows)
            if self._edge.size != end:
                raise self._missing()
            progress(self._edge.size)
        self._require_whole_end()
        self._require_each_id_once()
        self._require_every_event()
        self._require_guards()
        self._verdict.places = self._edge.size
        self._verdict.remarks += self._counts.remarks(until=self._recorded)
        return self._verdict

    def _take(self, rows: list[Row]) -> None:
        """The next rows of the log: the good ones, up to the first that is not what its leaf says."""
        start = self._edge.size
        hashes = [leaf_hash(salted_leaf(row[LEAF:], row[SALT])) if row[LEAF] is not None else b"" for row in rows]
        bad = next(
            (
                index
                for index, (row, hashed) in enumerate(zip(rows, hashes, strict=True))
                if row[PLACE] != start + index or hashed.hex() != row[HASH]
            ),
            None,
        )
        for row, hashed in zip(rows[:bad], hashes, strict=False):
            self._grow(row, hashed)
        if bad is not None:
            raise self._missing() if rows[bad][PLACE] != self._edge.size else self._changed(rows[bad])

    def _changed(self, row: Row) -> Tampered:
        place, event_id = row[PLACE], row[EVENT_ID]
        if row[LEAF] is None:
            self._cursor.execute("SELECT count(*) FROM ledger_event WHERE id = %s", [event_id])
            if self._cursor.fetchone() == (0,):
                words = [f"The event {event_id} at place {place} is gone.", *guards.detached(self._cursor)]
                return Tampered(" ".join(words), place=place)
        return Tampered(f"The event {event_id} at place {place} was changed, or its leaf was.", place=place)

    def _missing(self) -> Tampered:
        return Tampered(f"Place {self._edge.size} is missing.", place=self._edge.size)

    def _grow(self, row: Row, hashed: bytes) -> None:
        for tile in self._edge.append(hashed):
            self._require_tile(tile)
        recorded = row[LEAF + 1]
        try:
            self._counts.take(row[PROCESS_ID], row[PROCESS_N], recorded, row[LEAF + 2] if row[IS_MARK] else None)
        except Miscounted as exc:
            place = row[PLACE]
            raise Tampered(f"The event {row[EVENT_ID]} at place {place}: {exc}", place=place) from exc
        # Most follow in the same minutes; only the others are worth a computation.
        if recorded[:15] != self._minutes:
            self._look_at_the_clock(recorded, row[PLACE])
        self._recorded = recorded
        if self._edge.size in self._stops:
            self._meet_checkpoint()

    def _require_tile(self, tile: FullTile) -> None:
        stored = self._tiles.setdefault(tile.level, {})
        if not stored:
            self._cursor.execute(_TILES, [tile.level, tile.index, TILES])
            stored.update({index: (bytes(content), bytes(root)) for index, content, root in self._cursor.fetchall()})
        place = tile.index << 8 * (tile.level + 1)
        if stored.pop(tile.index, None) != (tile.content, tile.root):
            words = f"The tile {tile.index} of level {tile.level}, from place {place} on, is not that of the leaves."
            raise Tampered(words, place=place)

    def _look_at_the_clock(self, recorded: str, place: int) -> None:
        """The times are in the leaves: whoever kept the log from being written, or set the clock, left that in it."""
        earlier, self._minutes = self._recorded, recorded[:15]
        if not earlier:
            return
        silence = datetime.fromisoformat(recorded) - datetime.fromisoformat(earlier)
        if silence > LONGEST_SILENCE:
            self._verdict.remarks.append(f"Nothing was recorded from {earlier} to {recorded} (before place {place}).")
        # An act may take a while from its event to its commit, but not that long.
        if silence < -LONGEST_SILENCE:
            self._verdict.remarks.append(f"The clock went back from {earlier} to {recorded} (before place {place}).")

    def _checkpoints(self) -> Iterator[tuple[int, bytes, str]]:
        size, more = 0, True
        while more:
            self._cursor.execute(_SIGNED, [size, ROWS])
            rows = self._cursor.fetchall()
            for size, root, note in rows:
                yield size, bytes(root), note
            size, more = size + 1, len(rows) == ROWS

    def _meet_checkpoint(self) -> None:
        size = self._edge.size
        known = self._known.pop(size, None)
        if known is not None and known.root != self._edge.root():
            raise Tampered(f"The log had another root at {size} places when a checkpoint was kept.", place=size - 1)
        if self._next is None or self._next[0] != size:
            return
        _, root, note = self._next
        checkpoint = self._opened(note, size)
        if (checkpoint.size, checkpoint.root) != (size, root):
            raise Tampered(f"The checkpoint at {size} places is not what was signed.", place=size - 1)
        if root != self._edge.root():
            first = self._verdict.last.size if self._verdict.last else 0
            words = f"The places {first} to {size - 1} do not have the root that was signed at {size}."
            raise Tampered(words, place=first)
        self._verdict.checkpoints += 1
        self._verdict.last = checkpoint
        self._next = next(self._signed, None)
        self._stops = {*self._known, self._next[0] if self._next else 0}

    def _opened(self, note: str, size: int) -> Checkpoint:
        try:
            return open_checkpoint(note, self._key)
        except NoteRefused as exc:
            words = f"The checkpoint at {size} places is not signed by this log's key. {exc}"
            if self._verdict.last is None and not self._is_the_right_key():
                raise NotProvable(f"{words} Is it the right key?") from exc
            raise Tampered(words, place=size - 1) from exc

    def _is_the_right_key(self) -> bool:
        """Whether it signed the last checkpoint: then the first one was changed."""
        self._cursor.execute("SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
        (note,) = self._cursor.fetchone()
        try:
            open_checkpoint(note, self._key)
        except NoteRefused:
            return False
        return True

    def _require_whole_end(self) -> None:
        size, covered = self._edge.size, self._verdict.last.size if self._verdict.last else 0
        if self._next is not None:
            raise Tampered(f"Place {size} is missing: a checkpoint was signed at {self._next[0]}.", place=size)
        if self._known:
            raise Tampered(f"Place {size} is missing: a checkpoint of {max(self._known)} was kept.", place=size)
        if covered != size:
            raise Tampered(f"The places from {covered} on are under no checkpoint.", place=covered)
        for level, count in enumerate(_full_tiles(size)):
            self._cursor.execute("SELECT count(*) FROM ledger_tile WHERE level = %s", [level])
            if self._cursor.fetchone() != (count,):
                raise Tampered(f"There are other tiles of level {level} than the leaves fill.", place=size)

    def _require_each_id_once(self) -> None:
        self._cursor.execute(_TWICE)
        twice = self._cursor.fetchone()
        if twice:
            self._cursor.execute("SELECT max(place) FROM ledger_leaf WHERE event_id = %s", twice)
            (place,) = self._cursor.fetchone()
            raise Tampered(f"The event {twice[0]} at place {place} is there twice, at two times.", place=place)

    def _require_guards(self) -> None:
        faults = guards.faults(self._cursor)
        if faults:
            raise Tampered(" ".join(faults))

    def _require_every_event(self) -> None:
        self._cursor.execute(_NO_PLACE)
        event_id, several = self._cursor.fetchone()
        if several:
            raise Tampered(f"{several} events were kept from the log, the first is {event_id}.")
        self._cursor.execute(_NO_EVENT)
        event_id, several = self._cursor.fetchone()
        if several:
            raise Tampered(f"{several} events are gone before they had a place, the first is {event_id}.")
        self._cursor.execute(_WAITS, [LONGEST_WAIT.total_seconds()])
        (several,) = self._cursor.fetchone()
        if several:
            raise NotProvable(f"{several} events have waited for a place for more than a minute. Does a server run?")
        if not self._edge.size:
            raise NotProvable("The log is empty.")


def _full_tiles(size: int) -> Iterator[int]:
    """How many full tiles of each level a tree of this size has, up to the first level without any."""
    while True:
        size >>= 8
        yield size
        if not size:
            return
