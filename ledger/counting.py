"""What each process counts of the events that it writes, so that one which is taken away leaves a gap.

Every event carries the id of the process that wrote it and a number, counted by that process without a gap. A number is
taken with the statement's parameters and confirmed when the transaction has been committed; both in memory, at no
message's cost. A number whose transaction is given up is let go. ledger/marks.py puts on record how far a process has
counted. In memory lies what no superuser of the database can change: events that are deleted before the sequencer has
seen them are found by it. docs/decisions/0008.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction

Numbers = Sequence[int]


class Taken:
    """Numbers of events that are about to be written together. Given up without a word, it lets them go.

    It lies in the transaction's list of what to do after its commit. Django throws that list away when the transaction,
    or its savepoint, is rolled back or its connection is lost: that is how it is known, without asking anybody.
    """

    def __init__(self, counter: "Counter", numbers: Numbers) -> None:
        self._counter, self.numbers = counter, numbers
        self._is_confirmed = False

    @property
    def process_id(self) -> str:
        """The process that counts them."""
        return self._counter.process_id

    def written(self) -> None:
        """The statement was run: they are confirmed with the commit, or now, where no transaction is open."""
        transaction.on_commit(self.confirm)

    def confirm(self) -> None:
        """They are in the database for good."""
        self._counter.confirm(self.numbers)
        self._is_confirmed = True

    def __del__(self) -> None:
        if not self._is_confirmed:
            self._counter.let_go(self.numbers)


class Counter:
    """The numbers of one process, from 1 on: which are still open, and which were let go."""

    def __init__(self) -> None:
        self.process_id = str(uuid4())
        self._last = 0
        self._open: set[int] = set()
        # Filled by a finalizer, which may run anywhere, also where this thread holds the lock: so without it.
        self._let_go: deque[Numbers] = deque()
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def take(self, several: int) -> Taken:
        """The next numbers, for as many events."""
        with self._lock:
            numbers = range(self._last + 1, self._last + several + 1)
            self._last += several
            self._open.update(numbers)
        return Taken(self, numbers)

    def confirm(self, numbers: Numbers) -> None:
        """They are in the database for good."""
        with self._lock:
            self._open.difference_update(numbers)

    def let_go(self, numbers: Numbers) -> None:
        """Nothing will confirm them any more: they were rolled back, or nobody knows."""
        self._let_go.append(numbers)

    def lost(self) -> set[int]:
        """Those that were let go since this was asked last. They stay open until they are confirmed."""
        found: set[int] = set()
        while self._let_go:
            found.update(self._let_go.popleft())
        return found

    def through(self) -> int:
        """Up to which number none is open."""
        with self._lock:
            return min(self._open) - 1 if self._open else self._last

    @property
    def age_seconds(self) -> float:
        """How long it has counted."""
        return time.monotonic() - self._began


_counter = Counter()


def counter() -> Counter:
    """This process's."""
    return _counter


def begin_anew() -> Counter:
    """From here on another counter: in a fork, whose numbers would otherwise be its parent's."""
    global _counter
    _counter = Counter()
    return _counter


os.register_at_fork(after_in_child=begin_anew)
