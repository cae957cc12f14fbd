"""Checks what each process counted (ledger/counting.py) against the events that are there.

What a process has marked as counted is there, each number once, or void by its own signed word; anything else was done
to the record from outside. What it wrote after its last mark is covered by nothing yet, or, where it was killed, never
will be: that is said, and proves nothing.
"""

import json
from datetime import datetime, timedelta

from ledger.marks import MarkRefused, open_mark

# How long after its last event a process without a mark is taken to have ended: some of its rounds.
ENDED_AFTER = timedelta(minutes=2)
_NAMED = 5


class Miscounted(Exception):
    """The numbers of a process are not what it counted. The message says of which."""


class _Process:
    """What was seen of one process: every number below `next`, and those of `ahead`."""

    __slots__ = ("ahead", "covered", "last_seen", "marks", "next")

    def __init__(self) -> None:
        self.next = 1
        self.ahead: set[int] = set()
        self.covered = 0
        # Marks beyond what is covered: a mark covers what came before it, never itself.
        self.marks: set[int] = set()
        self.last_seen = ""

    def see(self, number: int) -> bool:
        """Whether it is new."""
        if number == self.next and not self.ahead:
            self.next += 1
            return True
        if number < self.next or number in self.ahead:
            return False
        self.ahead.add(number)
        while self.next in self.ahead:
            self.ahead.remove(self.next)
            self.next += 1
        return True

    def uncovered(self) -> int:
        """How many events after the last mark are there, besides marks."""
        return self.next - 1 + len(self.ahead) - self.covered - len(self.marks)


class Counts:
    """All processes of a log, event by event in the order of their places."""

    def __init__(self, public: bytes) -> None:
        self._public = public
        self._processes: dict[str, _Process] = {}

    def take(self, process_id: str | None, number: int | None, recorded: str, mark: str | None) -> None:
        """The next event of the log; `mark` is the detail of one of `ledger.counted`. Raises Miscounted."""
        if process_id is None or number is None:
            # Older events have none. Everything that the product has written since has.
            if self._processes:
                raise Miscounted("No process has counted it: it was written past the product.")
            return
        process = self._processes.get(process_id)
        if process is None:
            process = self._processes[process_id] = _Process()
        if not process.see(number):
            raise Miscounted(
                f"The process {process_id} has counted its event {number} already, or has said it is void."
            )
        process.last_seen = recorded
        if mark is not None:
            self._mark(process_id, process, number, mark)

    def _mark(self, process_id: str, process: _Process, number: int, detail: str) -> None:
        try:
            through, void = open_mark(process_id, number, json.loads(detail), public=self._public)
        except (MarkRefused, ValueError) as exc:
            raise Miscounted(f"It does not show how far the process {process_id} has counted: {exc}") from exc
        for start, end in void:
            for one in range(max(start, process.covered + 1), min(end, through) + 1):
                if not process.see(one):
                    raise Miscounted(
                        f"The process {process_id} has said that its event {one} is void, but it is there."
                    )
        if process.next <= through:
            raise Miscounted(
                f"The event {process.next} of the process {process_id} is gone. It was counted through {through}."
            )
        process.covered = max(process.covered, through)
        process.marks = {one for one in process.marks if one > through} | {number}

    def remarks(self, *, until: str) -> list[str]:
        """What a reader should know of processes that ended without a last word. `until` is when the log ends."""
        ended = [
            f"{process_id} (from its event {process.covered + 1} on, {process.uncovered()} are there)"
            for process_id, process in self._processes.items()
            if process.uncovered() > 0 and _is_before(process.last_seen, until)
        ]
        if not ended:
            return []
        named = ", ".join(ended[:_NAMED]) + (", ..." if len(ended) > _NAMED else "")
        return [
            f"{len(ended)} processes ended without saying how far they had counted. What they wrote last is not "
            f"covered by their count: {named}."
        ]


def _is_before(seen: str, until: str) -> bool:
    return datetime.fromisoformat(seen) + ENDED_AFTER < datetime.fromisoformat(until)
