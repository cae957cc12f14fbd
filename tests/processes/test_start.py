"""bin/serve from nothing to the sign-in page, again with the data kept, and after the worst."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.postgres import PrivatePostgres
from config.running import running_environment
from tests.processes.commands import ROOT, Said, operator_environment, run
from tests.processes.rig import ServerProcess, free_ports

# A hospital as small as its stories allow: what is tried here is the start.
SMALL = {"READBACK_DEMONSTRATION_PATIENTS": "40", "READBACK_DEMONSTRATION_STAFF": "40"}
WHEELS = os.environ.get("READBACK_TEST_WHEELS") == "1"


class Demonstration(ServerProcess):
    """bin/serve behind its virtual environment, with everything under one directory."""

    def start(self) -> None:
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launch", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def var(self) -> Path:
        return Path(self.environment["READBACK_VAR"])

    def manage(self, *arguments: str) -> Said:
        """manage.py beside it, as somebody at the terminal would call it."""
        return run("manage.py", *arguments, environment=self.environment, program="")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory) -> Iterator[Demonstration]:
    """One for this module: the tests stop and start it as they like."""
    directory = tmp_path_factory.mktemp("closed")
    directory.chmod(0o700)
    environment = operator_environment(READBACK_SECRET_KEY="", READBACK_VAR=str(directory / "var"), **SMALL)
    made = Demonstration(free_ports(1)[0], environment, directory / "log")
    yield made
    made.stop()


@pytest.fixture
def running(demonstration: Demonstration) -> Demonstration:
    """The same, in service."""
    if demonstration.process is None:
        demonstration.start()
        demonstration.wait_until_healthy()
    return demonstration


def modes(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): oct(stat.S_IMODE(path.stat().st_mode))
        for path in (directory / name for name in ("secret-key", "keys", "keys/kek.json", "keys/log.json", "."))
    }


def test_it_goes_from_nothing_to_the_sign_in_page(running) -> None:
    assert running.status("/sign-in/") == 200
    steps = re.findall(r"^ +\d+\.\d s  (.+)$", running.log, re.MULTILINE)
    assert steps == [
        "private PostgreSQL started",
        "tables up to date",
        "keys ready",
        "demonstration hospital ready",
        "static files ready",
    ]
    assert f"http://localhost:{running.port}" in running.log
    assert len(re.findall(r"^  .+@readback\.example ", running.log, re.MULTILINE)) == 7


def test_its_secrets_are_its_owners_alone(running) -> None:
    keys = {"keys": "0o700", "keys/kek.json": "0o600", "keys/log.json": "0o600"}
    assert modes(running.var) == {"secret-key": "0o600", **keys, ".": "0o700"}


def test_manage_py_works_on_the_running_one(running) -> None:
    said = running.manage("shell", "-v", "0", "-c", "from accounts.models import Person; print(Person.objects.count())")
    assert said.code == 0, said.text
    assert int(said.text.split()[-1]) >= 6


def test_its_tables_belong_to_nobody_who_can_sign_in_and_its_log_is_ordered(running) -> None:
    asked = (
        "from django.db import connection as c; k = c.cursor(); "
        "k.execute('SELECT DISTINCT rolname, rolcanlogin, rolsuper FROM pg_class JOIN pg_roles r ON r.oid = relowner "
        "WHERE relnamespace = ' + chr(39) + 'public' + chr(39) + '::regnamespace'); print(k.fetchall(), end=' '); "
        "from ledger.models import Leaf; print(Leaf.objects.exists())"
    )
    deadline, said = time.monotonic() + 30, running.manage("shell", "-v", "0", "-c", asked)
    while not said.text.strip().endswith("True") and time.monotonic() < deadline:
        said = running.manage("shell", "-v", "0", "-c", asked)
    assert said.text.strip().endswith("[('readback_owner', False, False)] True"), said.text


def test_a_second_one_from_the_same_directory_is_refused(running) -> None:
    said = run("config.launch", "--port", str(free_ports(1)[0]), environment=running.environment)
    assert said.code == 1
    assert "Another bin/serve already runs" in said.text
    assert running.status("/healthz") == 200


def test_it_ends_in_order_and_starts_again_in_seconds_with_its_data(running) -> None:
    count = ("shell", "-v", "0", "-c", "from handover.patients.models import Patient as P; print(P.objects.count())")
    before = running.manage(*count).text.split()[-1]
    process = running.process
    process.terminate()
    assert process.wait(3) == 0
    assert running_environment(running.var) == {}
    running.process = None
    began = time.monotonic()
    running.start()
    running.wait_until_healthy()
    assert time.monotonic() - began < 15
    assert running.manage(*count).text.split()[-1] == before


def test_it_comes_back_after_a_kill(running) -> None:
    note = json.loads((running.var / "serve.json").read_text())
    running.kill()
    assert running_environment(running.var) == {}
    running.start()
    running.wait_until_healthy()
    assert json.loads((running.var / "serve.json").read_text())["READBACK_SECRET_KEY"] == note["READBACK_SECRET_KEY"]


def test_manage_py_starts_the_database_when_nothing_runs_and_stops_it_after(running) -> None:
    running.stop()
    said = running.manage("shell", "-v", "0", "-c", "from accounts.models import Person; print(Person.objects.count())")
    assert said.code == 0, said.text
    assert int(said.text.split()[-1]) >= 6
    assert not (running.var / "postgres" / "data" / "postmaster.pid").exists()


def test_a_signal_in_the_middle_of_the_first_start_leaves_nothing_running_and_no_half(tmp_path) -> None:
    environment = operator_environment(READBACK_SECRET_KEY="", READBACK_VAR=str(tmp_path / "var"), **SMALL)
    first = Demonstration(free_ports(1)[0], environment, tmp_path / "log")
    first.start()
    process, postgres = first.process, tmp_path / "var" / "postgres"
    deadline = time.monotonic() + 20
    while not list(postgres.glob("data.part-*/base")) and time.monotonic() < deadline:
        assert process.poll() is None
    process.terminate()
    assert process.wait(10) == 0
    assert not (postgres / "data").exists()
    again = PrivatePostgres(postgres, only_wheel=WHEELS)
    try:
        again.start()
        again.create_database("readback")
    finally:
        again.stop()


def test_a_signal_in_the_middle_of_a_start_leaves_nothing_running(demonstration) -> None:
    demonstration.stop()
    demonstration.start()
    pid_file = demonstration.var / "postgres" / "data" / "postmaster.pid"
    deadline = time.monotonic() + 20
    while not pid_file.exists() and time.monotonic() < deadline:
        assert demonstration.process.poll() is None
    demonstration.process.send_signal(signal.SIGTERM)
    assert demonstration.process.wait(10) == 0
    demonstration.process = None
    assert not pid_file.exists()
