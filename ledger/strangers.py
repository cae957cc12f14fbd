"""What strangers try is on the record as well, but only so much of it: nobody without an account fills the disk.

Each process records at most MOST_A_MINUTE events of one name in any minute; one more stands for the rest.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

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


class Bounds:
    """A bound for each name of an event, so that a flood of one kind hides no other."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_event: dict[str, Bound] = {}

    def admit(self, event: str, reason: str) -> str | None:
        """The reason to record it with: its own, "more" for the one that stands for the rest, None for the rest."""
        bound = self._by_event.setdefault(event, Bound(clock=self._clock))
        place = bound.admit()
        if not place:
            return None
        return MORE if bound.is_last(place) else reason


BOUNDS = Bounds()
