"""The table of security requirements is whole, and what it promises has a test that runs and passes."""

import ast
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from tests.asvs import STATUSES, Requirement, passed_and_failed, requirements, unproved

ROWS = requirements()
# OWASP ASVS 5.0.0 has so many requirements of level 1 and of level 2, in so many chapters.
OF_LEVEL = {1: 70, 2: 183}
CHAPTERS = 17
REPORT = """<testsuites><testsuite>
<testcase classname="tests.vault.test_blobs" name="test_it_opens[a-1]"/>
<testcase classname="tests.vault.test_blobs" name="test_it_opens[a-2]"><failure message="no"/></testcase>
<testcase classname="tests.vault.test_blobs" name="test_it_is_skipped"><skipped message="no Chromium"/></testcase>
<testcase classname="tests.vault.test_blobs" name="test_it_closes"/>
</testsuite></testsuites>"""


@cache
def functions_of(path: str) -> set[str]:
    file = Path(settings.BASE_DIR) / path
    if not file.is_file():
        return set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)}


def test_every_requirement_of_the_two_levels_has_one_row() -> None:
    ids = [tuple(int(part) for part in row.id.removeprefix("V").split(".")) for row in ROWS]
    assert ids == sorted(set(ids))
    assert {level: sum(row.level == level for row in ROWS) for level in (1, 2)} == OF_LEVEL
    assert len(ROWS) == sum(OF_LEVEL.values())
    assert {chapter for chapter, _, _ in ids} == set(range(1, CHAPTERS + 1))


def test_every_row_says_where_it_stands_and_by_what() -> None:
    for row in ROWS:
        assert row.status in STATUSES, row.id
        assert row.about, row.id
        assert row.control, row.id
        assert row.tests or not row.is_promised, row.id


@pytest.mark.parametrize("row", [row for row in ROWS if row.is_promised], ids=lambda row: row.id)
def test_what_is_promised_names_tests_that_exist(row: Requirement) -> None:
    for address in row.tests:
        path, _, name = address.partition("::")
        assert name in functions_of(path), address


def test_a_promise_whose_test_failed_or_did_not_run_is_found(tmp_path: Path) -> None:
    report = tmp_path / "unit.xml"
    report.write_text(REPORT)
    at = "tests/vault/test_blobs.py::"
    assert passed_and_failed([report]) == ({at + "test_it_opens", at + "test_it_closes"}, {at + "test_it_opens"})

    def row(status: str, test: str) -> Requirement:
        return Requirement(id="V1.1.1", level=1, about="this", status=status, control="that", tests=(at + test,))

    assert unproved([row("met", "test_it_closes")], [report]) == []
    assert unproved([row("met", "test_it_opens")], [report]) == [f"V1.1.1 (this): {at}test_it_opens failed"]
    for test in ("test_it_is_skipped", "test_it_is_nowhere"):
        assert unproved([row("partly", test)], [report]) == [f"V1.1.1 (this): {at}{test} did not run"]
    assert unproved([row("planned", "test_it_is_nowhere")], [report]) == []
