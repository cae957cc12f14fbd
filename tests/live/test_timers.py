"""Timers: each fires with what it announces or not at all, whoever finds it due, and whoever dies on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from live import timers, watching
from live.inbox import Announcement, Subject
from live.models import InboxItem, Timer

pytestmark = pytest.mark.django_db(transaction=True)
LEE, SUBJECT = uuid4(), uuid4()
KIND = "test.rang"


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    """A handler that tells Lee."""

    def rang(subject_id):
        return [Announcement(KIND, [LEE], Subject("test", subject_id))]

    monkeypatch.setitem(timers._handlers, KIND, rang)


def set_it(subject_id=SUBJECT, after=timedelta(hours=4)):
    with transaction.atomic():
        timers.set_timer(KIND, subject_id, after=after)


def four_hours_pass():
    """In the rows: everything that was set or leased lies four hours further back."""
    Timer.objects.update(
        due=F("due") - timedelta(hours=4, seconds=1), leased_until=F("leased_until") - timedelta(hours=4)
    )


def rung():
    return InboxItem.objects.filter(person_id=LEE).count()


def test_it_fires_when_it_is_due_and_then_never_again():
    set_it()
    assert (timers.run_due(), rung()) == (0, 0)
    four_hours_pass()
    assert (timers.run_due(), rung()) == (1, 1)
    assert (timers.run_due(), rung()) == (0, 1)
    assert not Timer.objects.exists()


def test_a_kind_that_comes_again_waits_for_its_next_time_and_fires_then(monkeypatch):
    monkeypatch.setitem(timers._again, KIND, timedelta(hours=3))
    set_it()
    for times in (1, 2):
        four_hours_pass()
        assert (timers.run_due(), rung()) == (1, times)
        assert (timers.run_due(), rung()) == (0, times)
    with transaction.atomic():
        timers.drop_timer(KIND, SUBJECT)
    four_hours_pass()
    assert (timers.run_due(), rung()) == (0, 2)


def test_one_that_was_set_anew_while_it_fired_rolls_back_and_fires_again(monkeypatch):
    # What changed meanwhile must be looked at: the later setting counts, and nothing is told twice.
    monkeypatch.setitem(timers._again, KIND, timedelta(hours=3))
    set_it()
    four_hours_pass()
    (claim,) = timers.claim_due()
    set_it(after=timedelta(0))
    assert timers.fire(claim) is False
    assert rung() == 0
    assert (timers.run_due(), rung()) == (1, 1)


def test_the_clock_of_the_process_decides_nothing():
    # The attack: a virtual machine that wakes up with yesterday's clock, or an operator who sets tomorrow's.
    set_it()
    real = timezone.now()
    with time_machine.travel(real + timedelta(days=1)):
        assert (timers.run_due(), rung()) == (0, 0)
    with time_machine.travel(real - timedelta(days=1)):
        set_it(uuid4(), after=timedelta(0))
        assert (timers.run_due(), rung()) == (1, 1)
        assert timers.run_due() == 0


def test_a_server_leaves_to_a_worker_what_is_due_and_does_what_nobody_has_done_by_then(settings, monkeypatch):
    # The attack on a worker of its own: it dies in the night, and every page with it, and no one is told.
    settings.WORKER_APART = True
    set_it(after=timedelta(0))
    assert timers.run_due() == 0
    monkeypatch.setitem(watching._state, "is_worker", True)
    assert timers.run_due() == 1
    monkeypatch.setitem(watching._state, "is_worker", False)
    set_it(after=timedelta(0))
    Timer.objects.update(due=F("due") - timedelta(seconds=watching.STAND_BY_SECONDS))
    assert timers.run_due() == 1


def test_two_processes_at_once_fire_each_timer_once():
    for _ in range(12):
        set_it(uuid4())
    four_hours_pass()
    at_once = Barrier(2)

    def process():
        try:
            at_once.wait()
            return timers.run_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        fired = [each.result() for each in (pool.submit(process), pool.submit(process))]
    # Who came second may have found the rows locked: its next look is then this one.
    assert sum(fired) + timers.run_due() == rung() == 12


def test_who_dies_between_the_claim_and_the_firing_leaves_it_to_the_next_when_the_lease_ends():
    set_it()
    four_hours_pass()
    assert len(timers.claim_due()) == 1  # and then nothing: the process is gone
    assert (timers.run_due(), rung()) == (0, 0)
    four_hours_pass()
    assert (timers.run_due(), rung()) == (1, 1)


def claimed_by_somebody_who_dies():
    """A claim of another connection, which is closed: that is all that the database sees of a kill."""

    def process():
        try:
            return timers.claim_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(process).result()) == 1


def seconds_pass(seconds):
    Timer.objects.update(leased_until=F("leased_until") - timedelta(seconds=seconds))


def test_who_dies_is_known_by_their_connection_and_nobody_waits_for_the_lease():
    set_it()
    four_hours_pass()
    claimed_by_somebody_who_dies()
    # Not in the same moment: a handler by which the connection breaks would be tried a hundred times a second.
    assert (timers.run_due(), rung()) == (0, 0)
    seconds_pass(timers.BROKEN.total_seconds() + 0.1)
    assert (timers.run_due(), rung()) == (1, 1)


def test_whose_connection_is_there_has_the_lease_to_its_end():
    set_it()
    four_hours_pass()
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(timers.claim_due).result()) == 1
        seconds_pass(timers.LEASE.total_seconds() - 1)
        assert (timers.run_due(), rung()) == (0, 0)
        seconds_pass(1.1)
        assert (timers.run_due(), rung()) == (1, 1)
        pool.submit(lambda: connection.close()).result()


def test_a_lease_of_an_earlier_version_which_names_no_connection_is_waited_for():
    set_it()
    four_hours_pass()
    claimed_by_somebody_who_dies()
    Timer.objects.update(leased_by=None)
    seconds_pass(timers.LEASE.total_seconds() - 1)
    assert (timers.run_due(), rung()) == (0, 0)


def test_who_was_only_slow_takes_back_what_they_did():
    set_it()
    four_hours_pass()
    [slow] = timers.claim_due()
    four_hours_pass()
    [quick] = timers.claim_due()
    assert not timers.fire(slow)
    assert rung() == 0
    assert timers.fire(quick)
    assert not timers.fire(slow)
    assert rung() == 1


def test_one_that_is_set_anew_or_dropped_after_the_claim_does_not_fire():
    set_it()
    four_hours_pass()
    [claim] = timers.claim_due()
    set_it()
    assert not timers.fire(claim)
    four_hours_pass()
    [claim] = timers.claim_due()
    with transaction.atomic():
        timers.drop_timer(KIND, SUBJECT)
    assert not timers.fire(claim)
    assert rung() == 0


def test_one_that_fails_does_not_hold_up_the_others_and_is_tried_again(monkeypatch):
    rang, fails = timers._handlers[KIND], [True]

    def handler(subject_id):
        if subject_id == SUBJECT and fails:
            raise LookupError
        return rang(subject_id)

    monkeypatch.setitem(timers._handlers, KIND, handler)
    set_it()
    set_it(uuid4())
    four_hours_pass()
    assert (timers.run_due(), rung()) == (1, 1)
    fails.clear()
    four_hours_pass()
    assert (timers.run_due(), rung()) == (1, 2)


def test_a_process_leaves_alone_what_it_has_no_handler_for(monkeypatch):
    set_it()
    four_hours_pass()
    monkeypatch.delitem(timers._handlers, KIND)
    assert timers.claim_due() == []
    assert Timer.objects.count() == 1
