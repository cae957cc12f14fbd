"""The kept cluster that the tests begin with is made anew when a migration changes, and not when other code does."""

import shutil

import pytest

from tests.migrated import LIBRARIES, PACKAGES, ROOT, digest


@pytest.fixture
def checkout(tmp_path):
    """A checkout with a migration, one of its neighbours, and a rule."""
    for package in PACKAGES:
        (tmp_path / package / "migrations").mkdir(parents=True)
    (tmp_path / "handover" / "calls" / "migrations").mkdir(parents=True)
    (tmp_path / LIBRARIES).write_text("Django==5.2\n")
    (tmp_path / "live" / "migrations" / "0001_initial.py").write_text("one")
    (tmp_path / "live" / "timers.py").write_text("a rule")
    return tmp_path


def test_a_migration_that_says_something_else_is_another(checkout):
    before = digest(checkout)
    (checkout / "live" / "migrations" / "0001_initial.py").write_text("two")
    assert digest(checkout) != before


@pytest.mark.parametrize("name", ["live/migrations/0002_more.py", "handover/calls/migrations/0001_initial.py"])
def test_a_new_migration_makes_another_in_every_room(checkout, name):
    before = digest(checkout)
    (checkout / name).write_text("one")
    assert digest(checkout) != before


def test_a_migration_that_is_gone_or_moved_makes_another(checkout):
    before = digest(checkout)
    first = checkout / "live" / "migrations" / "0001_initial.py"
    shutil.move(first, checkout / "vault" / "migrations" / "0001_initial.py")
    assert digest(checkout) != before


def test_other_libraries_make_another(checkout):
    before = digest(checkout)
    (checkout / LIBRARIES).write_text("Django==5.3\n")
    assert digest(checkout) != before


def test_other_code_does_not(checkout):
    before = digest(checkout)
    (checkout / "live" / "timers.py").write_text("another rule")
    assert digest(checkout) == before


def test_no_migration_stands_where_it_is_not_looked_for():
    standing = {
        path.relative_to(ROOT).parts[0] for path in ROOT.glob("*/**/migrations/0001*.py") if ".venv" not in path.parts
    }
    assert standing <= set(PACKAGES)
