"""What passed, failed and was skipped, added up over several runs of pytest and the checks beside them."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

# What a checkout elsewhere need not have: data beside the repository, and the toolchains of other languages, by which
# strangers' programs read the same formats. Its absence is said, but fails no build.
OUTSIDE = ("shared/data", "no Go was found", "this Go carries no sumdb", "no node was found")


@dataclass
class Counts:
    """A sum, with a line for each part of it."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    _lines: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, *, passed: int, failed: int) -> "Counts":
        """One part's."""
        return cls(passed=passed, failed=failed)

    def add(self, name: str, part: "Counts", seconds: float) -> None:
        """Adds a part under its name."""
        with self._lock:
            self.passed += part.passed
            self.failed += part.failed
            self.skipped += part.skipped
            self._lines.append(f"{name:<22} {part.passed:>5} passed {part.failed:>4} failed {seconds:8.1f} s")

    def lines(self) -> list[str]:
        """One line a part, in the order they ended."""
        return list(self._lines)

    def skipped_lines(self) -> list[str]:
        """Each reason once, with how many tests gave it."""
        return [f"{count} x {reason}" for reason, count in sorted(self.skipped.items())]

    @property
    def skipped_here(self) -> int:
        """How many tests were skipped for want of something that a build server should have."""
        return sum(count for reason, count in self.skipped.items() if not any(each in reason for each in OUTSIDE))


def count_report(report: Path, *, exit_code: int) -> Counts:
    """The counts of pytest's own report. A run that ended without one, or badly, is one failure."""
    try:
        root = ElementTree.parse(report).getroot()
    except (OSError, ElementTree.ParseError):
        return Counts.of(passed=0, failed=1)
    counts = Counts()
    for case in root.iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            counts.failed += 1
        elif skipped is not None:
            counts.skipped[skipped.get("message", "no reason given")] += 1
        else:
            counts.passed += 1
    # 1 is "some failed" and 5 "none were collected"; anything else but 0 is pytest itself that broke off.
    if exit_code not in {0, 1, 5} and not counts.failed:
        counts.failed = 1
    return counts
