"""docs/asvs.csv: the requirements of OWASP ASVS 5.0.0, levels 1 and 2, each with its control, its test and its status.

What that table calls met is a promise, so bin/test holds it against the reports of its own runs: a row whose test did
not run, or did not pass, is a failure.
"""

import csv
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "docs" / "asvs.csv"
# "planned" is not in this version; "operator" is for the hospital to do; "not here" is about what the product has not.
STATUSES = ("met", "partly", "planned", "operator", "not here")
PROMISED = ("met", "partly")


@dataclass(frozen=True)
class Requirement:
    """One row. `tests` are addresses of test functions: tests/room/test_file.py::test_sentence."""

    id: str
    level: int
    about: str
    status: str
    control: str
    tests: tuple[str, ...]

    @property
    def is_promised(self) -> bool:
        return self.status in PROMISED


def requirements() -> list[Requirement]:
    """All rows, in the order of the table."""
    with TABLE.open(newline="") as table:
        return [
            Requirement(
                id=row["requirement"],
                level=int(row["level"]),
                about=row["about"],
                status=row["status"],
                control=row["control"],
                tests=tuple(row["test"].split()),
            )
            for row in csv.DictReader(table)
        ]


def passed_and_failed(reports: Iterable[Path]) -> tuple[set[str], set[str]]:
    """The test functions that passed at least once, and those that failed at least once, by their addresses."""
    passed: set[str] = set()
    failed: set[str] = set()
    for report in reports:
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            # A test in a class carries the class behind its module; its address in the table does not.
            module = case.get("classname", "").partition(".Test")[0]
            address = f"{module.replace('.', '/')}.py::{case.get('name', '').partition('[')[0]}"
            if case.find("failure") is not None or case.find("error") is not None:
                failed.add(address)
            elif case.find("skipped") is None:
                passed.add(address)
    return passed, failed


def unproved(rows: Iterable[Requirement], reports: Iterable[Path]) -> list[str]:
    """A line for each test that a promised row names and that did not run, or did not pass."""
    passed, failed = passed_and_failed(reports)
    return [
        f"{row.id} ({row.about}): {test} {'failed' if test in failed else 'did not run'}"
        for row in rows
        if row.is_promised
        for test in row.tests
        if test in failed or test not in passed
    ]
