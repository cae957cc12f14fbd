"""Workers in processes of their own: each timer has one effect, whoever races, dies, or is stopped and goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from handover.reach.models import CANARY, Channel, Delivery
from handover.reach.outbox import AT_ONCE
from live import timers
from live.limits import TIMER_SECONDS
from live.models import InboxItem, Timer
from tests.processes.rig import ROOT, reader_url, sequencer_url, test_database_url
from tests.processes.working import LEE, RANG, STOPS
from tests.reach.provider import serving

PATIENCE_SECONDS = 90
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(transactional_db: None) -> Iterator[Start]:
    """start(): a worker that is at work. All of them are gone after the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **extra: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": test_database_url(),
            "READBACK_SEQUENCER_URL": sequencer_url(),
            "READBACK_READER_URL": reader_url(),
            **extra,
        }
        command = [sys.executable, *(arguments or ("-m", "tests.processes.working"))]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        running.append(process)
        assert "ready" in line_of(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    """What it says next."""
    assert process.stdout is not None
    return process.stdout.readline()


def set_timers(count: int, kind: str = RANG, *, over_seconds: float = 0) -> None:
    """So many, due one after the other within these seconds."""
    with transaction.atomic():
        for number in range(count):
            timers.set_timer(kind, uuid4(), after=timedelta(seconds=over_seconds * number / count))


def wait_for(count: int) -> None:
    """Until so many have had their effect."""
    until = time.monotonic() + PATIENCE_SECONDS
    while effects() < count:
        assert time.monotonic() < until, f"{effects()} of {count}"
        time.sleep(0.1)


def effects() -> int:
    return InboxItem.objects.filter(person_id=LEE).count()


def each_once(count: int) -> bool:
    subjects = InboxItem.objects.filter(person_id=LEE).values("subject_id").distinct().count()
    return effects() == subjects == count and not Timer.objects.filter(kind__in=[RANG, STOPS]).exists()


def test_two_racing_workers_make_a_thousand_effects_of_a_thousand_timers(start: Start) -> None:
    start(), start()
    set_timers(1000)
    wait_for(1000)
    assert each_once(1000)


def test_workers_that_are_killed_lose_no_timer_and_fire_none_twice(start: Start) -> None:
    workers = [start(), start()]
    set_timers(600, over_seconds=6)
    for turn in range(4):
        wait_for(100 * turn + 50)
        workers[turn % 2].kill()
        workers[turn % 2] = start()
    wait_for(600)
    assert each_once(600)


def test_none_fires_before_its_time(start: Start) -> None:
    start(), start()
    set_timers(100, over_seconds=5)
    due = dict(Timer.objects.filter(kind=RANG).values_list("subject_id", "due"))
    wait_for(100)
    fired = InboxItem.objects.filter(person_id=LEE).values_list("subject_id", "recorded")
    assert [subject for subject, recorded in fired if subject in due and recorded < due[subject]] == []


def test_one_that_is_stopped_inside_its_transaction_holds_nobody_up_and_does_nothing_when_it_goes_on(
    start: Start,
) -> None:
    # The attack on a lease alone: the stopped process holds the lock of the page, so the next one waits with it for as
    # long as it is stopped; and when it goes on, it commits what somebody else has done meanwhile.
    stopped = start(READBACK_TEST_STOPS="1")
    set_timers(1, STOPS)
    assert line_of(stopped) == "stopping\n"
    start()
    wait_for(1)
    stopped.send_signal(signal.SIGCONT)
    # It is at work again, and has taken note: another timer has its effect, and the first one has no second.
    os.kill(stopped.pid, 0)
    set_timers(20)
    wait_for(21)
    assert each_once(21)


def test_a_page_waits_less_than_fifteen_seconds_for_a_worker_that_died() -> None:
    assert timers.LEASE + timedelta(seconds=2 * TIMER_SECONDS) < timedelta(seconds=15)


def test_the_projects_own_worker_fires_a_timer_of_the_product_and_ends_in_order(start: Start) -> None:
    with transaction.atomic():
        timers.set_timer("duty.coverage", uuid4(), after=timedelta(0))
    before = Timer.objects.aggregate(due=Max("due"))["due"]
    worker = start("manage.py", "worker")
    until = time.monotonic() + PATIENCE_SECONDS
    # It comes again tomorrow.
    while not Timer.objects.filter(kind="duty.coverage", due__gt=before, leased_until=None).exists():
        assert time.monotonic() < until
        time.sleep(0.1)
    worker.terminate()
    assert worker.wait(PATIENCE_SECONDS) == 0


def canaries(count: int) -> set[str]:
    """So many test pages by text message, due now: they need nobody's address. Their ids."""
    rows = [
        Delivery(
            key=uuid4(),
            channel=Channel.SMS,
            subject_kind=CANARY,
            subject_id=uuid4(),
            unless_on_device=False,
            due=Now(),
        )
        for _ in range(count)
    ]
    return {str(row.pk) for row in Delivery.objects.bulk_create(rows)}


def test_every_page_goes_out_though_workers_are_killed_and_few_go_twice(start: Start, tmp_path: Path) -> None:
    # Between a gateway's yes and the row that says so a kill can come: those go out once more, under the same id.
    secret = tmp_path / "secret"
    secret.write_text("s" * 32)
    with serving() as provider:
        here = {
            "READBACK_SMS_URL": provider.url,
            "READBACK_GATEWAY_SECRET_FILE": str(secret),
            "READBACK_CANARY": "sms=+442079460999",
        }
        workers, kills = [start(**here), start(**here)], 3
        ids = canaries(300)
        for turn in range(kills):
            wait_until(lambda turn=turn: len(provider.requests) > 60 * turn + 20)
            workers[turn % 2].kill()
            workers[turn % 2] = start(**here)
        wait_until(lambda: Delivery.objects.filter(state="sent").count() == len(ids))
        sent = [body["id"] for body in provider.bodies()]
    assert set(sent) == ids
    assert len(sent) - len(ids) <= kills * AT_ONCE


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)
