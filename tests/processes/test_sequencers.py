"""Three sequencers at once, killed again and again while events arrive: no gap, no double, no fork, nothing lost."""

import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction

from ledger import notes, sequencer
from ledger.agents import Agent
from ledger.models import Checkpoint, Event, Leaf, Waiting
from ledger.services import Noted, record_all
from ledger.verifying import verify
from tests.processes.rig import ROOT, reader_url, sequencer_url, test_database_url
from vault.signing import log_key

WRITERS, KILLS, SEQUENCERS = 4, 9, 3
PATIENCE_SECONDS = 60


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": test_database_url(),
        "READBACK_SEQUENCER_URL": sequencer_url(),
        "READBACK_READER_URL": reader_url(),
    }


def agent() -> Agent:
    return Agent(uuid4(), "nurse", session_id=uuid4(), device="Ward phone", unit_id=uuid4(), request_id="r")


class Sequencers:
    """Three processes; one that is killed is started again."""

    def __init__(self) -> None:
        self.processes = [self._started() for _ in range(SEQUENCERS)]

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.processes.sequencing"]
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE)

    def kill_one_at_work(self, *, after: float) -> None:
        """kill -9 of one that has just said that it did a batch, so many seconds later, and another in its place."""
        outputs = [process.stdout for process in self.processes]
        at_work, _, _ = select.select(outputs, [], [], PATIENCE_SECONDS)
        assert at_work, "no sequencer works"
        which = outputs.index(at_work[0])
        threading.Event().wait(after)
        self.processes[which].kill()
        self._end(self.processes[which])
        self.processes[which] = self._started()

    def stop(self) -> None:
        """All of them, likewise by kill -9."""
        for process in self.processes:
            process.kill()
            self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "a sequencer ended by itself"


@pytest.fixture
def sequencers(transactional_db: None) -> Iterator[Sequencers]:
    running = Sequencers()
    yield running
    running.stop()


def write(by: Agent, seed: int, stop: threading.Event) -> int:
    """Events in transactions of all kinds: at once, held open while others commit, and rolled back. How many stayed."""
    chance, kept, number = random.Random(seed), 0, 0
    try:
        while not stop.is_set():
            number += 1
            with transaction.atomic():
                record_all([Noted(event="patient.read", agent=by, patient_id=uuid4())])
                if number % 5 == 0:
                    # The id is given; whoever looked for `id > last` would pass this row over before it commits.
                    threading.Event().wait(chance.random() / 20)
                if number % 7 == 0:
                    transaction.set_rollback(True)
            kept += number % 7 != 0
            threading.Event().wait(chance.random() / 100)
    finally:
        connection.close()
    return kept


def wait_until_nothing_waits() -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Waiting.objects.exists():
        assert time.monotonic() < deadline, "events still wait for their place"
        threading.Event().wait(0.05)


def test_no_kill_leaves_a_gap_a_double_or_a_fork(sequencers: Sequencers) -> None:
    # The attack: a process that dies between its reading, its writing and its commit, while two others want its place.
    chance, seen, by, stop = random.Random(4), {}, agent(), threading.Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, by, seed, stop) for seed in range(WRITERS)]
        try:
            for _ in range(KILLS):
                sequencers.kill_one_at_work(after=chance.random() / 50)
                # What was published once stays so: a checkpoint that changes is a fork.
                for size, note in Checkpoint.objects.values_list("size", "note"):
                    assert seen.setdefault(size, note) == note
        finally:
            stop.set()
        kept = sum(one.result() for one in writing)
    wait_until_nothing_waits()
    places = list(Leaf.objects.order_by("place").values_list("place", "event_id"))
    assert [place for place, _ in places] == list(range(len(places)))
    assert sorted(event_id for _, event_id in places) == sorted(Event.objects.values_list("id", flat=True))
    assert Event.objects.filter(agent_id=by.person_id).count() == kept
    assert verify(notes.key_of(log_key())).places == len(places)


def test_only_one_works_at_a_time(transactional_db: None) -> None:
    sequencer.sequence()
    with transaction.atomic():
        record_all([Noted(event="patient.read", agent=agent())])

    def another() -> int:
        try:
            return sequencer.sequence()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sequencer.LOCK])
        assert pool.submit(another).result() == 0
    assert sequencer.sequence() == 1


def test_a_server_gives_events_their_places_by_itself(server) -> None:
    record_all([Noted(event="patient.read", agent=agent())])
    wait_until_nothing_waits()
    assert Leaf.objects.filter(event_id=Event.objects.latest("id").pk).exists()


def test_the_command_verifies_in_a_snapshot_of_its_own(transactional_db: None) -> None:
    record_all([Noted(event="patient.read", agent=agent())])
    sequencer.sequence()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "ledger", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)

    # As the role that may read the log and nothing else.
    good, wrong = run("verify"), run("nonsense")
    assert (good.returncode, "GOOD." in good.stdout) == (0, True)
    assert wrong.returncode == 3
