"""Puts on record how far a process has counted its events, and which numbers will never come (`ledger.counted`).

Every serving process looks every few seconds; a command says it when it ends. A number is void when it was let go, no
transaction that was under way then is any more, and no event has it. The mark is signed with the log's key: otherwise
whoever takes an event out could write the mark that excuses it. docs/decisions/0008.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise

from django.db import Error, connection

from ledger import counting
from ledger.services import COUNTED, Detail, Noted, run_counted
from vault.errors import BadSignature, ProviderError
from vault.signing import SIGNATURE_BYTES, log_key, verify_signature

logger = logging.getLogger("readback.ledger")
ROUND_SECONDS = 15.0
FORMAT = "readback-counted/1"
# A mark stays small; what is void beyond that is for the next one.
MOST_RANGES = 400
# What the database's clock may have been set by while a process counted.
CLOCK_SECONDS = 600

# The oldest transaction that is under way, and one that is newer than all of them: an id is taken for it.
_UNDER_WAY = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_xact_id()::text::bigint"
_FOUND = """
SELECT process_n FROM ledger_event WHERE process_id = %s AND process_n = ANY(%s)
AND recorded > statement_timestamp() - make_interval(secs => %s)
"""


class MarkRefused(Exception):
    """Not a mark, or not signed by the log's key. The message says why."""


class Marks:
    """What one process has said of its counter so far."""

    def __init__(self, counter: counting.Counter) -> None:
        self.counter = counter
        self._through = 0
        self._own = 0
        # Numbers that were let go, each with a transaction that is newer than any that could still write it.
        self._lost: dict[int, int] = {}
        self._void: set[int] = set()
        self._one_at_a_time = threading.Lock()

    def round(self) -> int:
        """How many marks were put on record now. Raises ProviderError where there is no key to sign with."""
        with self._one_at_a_time:
            self._settle()
            through, done = self.counter.through(), 0
            while through > self._through and not self._is_only_own(through):
                self._mark(through)
                done += 1
            return done

    def _is_only_own(self, through: int) -> bool:
        """Whether nothing was counted but the last mark: one that marks only itself would never end."""
        return through == self._own == self._through + 1

    def _settle(self) -> None:
        """Finds out of each number that was let go whether it is void."""
        fresh = self.counter.lost()
        if not fresh and not self._lost:
            return
        with connection.cursor() as cursor:
            cursor.execute(_UNDER_WAY)
            oldest, newest = cursor.fetchone()
            self._lost.update(dict.fromkeys(fresh, newest))
            # A commit whose answer was lost may still be under way: it has ended when all that are older have.
            ended = sorted(number for number, horizon in self._lost.items() if horizon <= oldest)
            cursor.execute(_FOUND, [self.counter.process_id, ended, self.counter.age_seconds + CLOCK_SECONDS])
            self._void.update(set(ended).difference(number for (number,) in cursor.fetchall()))
        for number in ended:
            del self._lost[number]
        self.counter.confirm(ended)

    def _mark(self, through: int) -> None:
        ranges = list(ranges_of(sorted(number for number in self._void if number <= through)))
        if len(ranges) > MOST_RANGES:
            through = ranges[MOST_RANGES][0] - 1
            ranges = ranges[:MOST_RANGES]
        void = [text_of(start, end) for start, end in ranges]
        taken = self.counter.take(1)
        (number,) = taken.numbers
        message = text(taken.process_id, number=number, through=through, void=void)
        detail: Detail = {"through": through, "void": void, "signature": log_key().sign(message).hex()}
        run_counted([Noted(event=COUNTED, agent=None, purpose="HOPERAT", detail=detail)], taken)
        self._through, self._own = through, number
        self._void = {number for number in self._void if number > through}


def ranges_of(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbours in these sorted numbers."""
    if not numbers:
        return
    start = numbers[0]
    for one, following in pairwise(numbers):
        if following != one + 1:
            yield start, one
            start = following
    yield start, numbers[-1]


def text_of(start: int, end: int) -> str:
    """A run of numbers as a mark holds it: "7" or "7-9"."""
    return str(start) if start == end else f"{start}-{end}"


def text(process_id: str, *, number: int, through: int, void: Sequence[str]) -> bytes:
    """What is signed. It names the mark's own number, so that it stands for no other event."""
    return f"{FORMAT}\n{process_id}\n{number}\n{through}\n{','.join(void)}\n".encode()


def open_mark(process_id: str, number: int, detail: object, *, public: bytes) -> tuple[int, list[tuple[int, int]]]:
    """How far the mark says that its process has counted, and the runs of void numbers. Raises MarkRefused."""
    try:
        facts = dict(detail)  # type: ignore[call-overload]
        through, void, signature = int(facts["through"]), list(facts["void"]), bytes.fromhex(facts["signature"])
        runs = [(int(start), int(end or start)) for start, _, end in (run.partition("-") for run in void)]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise MarkRefused("It is not of the form of a mark.") from None
    if len(signature) != SIGNATURE_BYTES or not 0 < through < number:
        raise MarkRefused("It is not of the form of a mark.")
    try:
        message = text(process_id, number=number, through=through, void=void)
        verify_signature(public, message=message, signature=signature)
    except BadSignature:
        raise MarkRefused("It is not signed by the log's key.") from None
    return through, runs


_marks: Marks | None = None


def of_this_process() -> Marks:
    """What this process has said so far; a fork has said nothing yet."""
    global _marks
    if _marks is None or _marks.counter is not counting.counter():
        _marks = Marks(counting.counter())
    return _marks


def run_round() -> None:
    """One look of a serving process."""
    of_this_process().round()


def end() -> None:
    """The last word of a process that ends in order. What cannot be said is left uncovered, and a verifier says so."""
    marks = of_this_process()
    try:
        for _ in range(2):
            marks.round()
    except (ProviderError, Error):
        logger.warning("ledger.uncounted")
