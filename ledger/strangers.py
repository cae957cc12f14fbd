"""What strangers try is on the record as well, but only so much of it: nobody without an account fills the disk.

Each process records at most MOST_A_MINUTE such events in any minute; the first that is left out says so by a code.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from django.db import transaction

from ledger.services import record

MOST_A_MINUTE = 60
MINUTE_SECONDS = 60.0
# The reason of the event that stands for all that were left out until a minute has passed.
MORE = "more"


class Bound:
    """How many of the last minute were let through, on a clock that never goes back."""

    def __init__(self, most: int = MOST_A_MINUTE, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def admit(self) -> int:
        """Which of this minute's it is, from 1 to `most` + 1, which stands for the rest; then 0."""
        with self._lock:
            now = self._clock()
            while self._times and self._times[0] <= now - MINUTE_SECONDS:
                self._times.popleft()
            if len(self._times) > self._most:
                return 0
            self._times.append(now)
            return len(self._times)

    def is_last(self, place: int) -> bool:
        """Whether this one stands for all that come after it."""
        return place > self._most


_BOUND = Bound()


def record_stranger(event: str, *, reason: str, bound: Bound | None = None) -> None:
    """The refused event of nobody known, in a transaction of its own; nothing once the minute's number is reached."""
    bound = bound or _BOUND
    place = bound.admit()
    if place:
        with transaction.atomic():
            record(event, agent=None, outcome="refused", reason=MORE if bound.is_last(place) else reason)
