"""An announcement is numbered without a gap, in order, with its act or not at all."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from live import bell
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem, Rung, Stream
from tests.live.people import AMARA, LEE, NOOR


def say(event, *recipients, subject=None, **more):
    return Announcement(event=event, recipients=recipients, subject=subject or Subject("thing", uuid4()), **more)


def numbers_of(person_id):
    return list(InboxItem.objects.filter(person_id=person_id).order_by("number").values_list("number", flat=True))


def events_of(person_id):
    return list(InboxItem.objects.filter(person_id=person_id).order_by("number").values_list("event", flat=True))


@pytest.fixture
def rung_bells(monkeypatch):
    heard = []
    monkeypatch.setattr(bell, "_listeners", [heard.append])
    return heard


@pytest.mark.django_db
def test_it_numbers_each_recipient_from_one_in_the_order_of_the_announcements():
    with transaction.atomic():
        announce(say("a.one", LEE, NOOR), say("a.two", LEE), say("a.three", NOOR, LEE))
    with transaction.atomic():
        announce(say("a.four", LEE))
    assert numbers_of(LEE) == [1, 2, 3, 4]
    assert events_of(LEE) == ["a.one", "a.two", "a.three", "a.four"]
    assert events_of(NOOR) == ["a.one", "a.three"]
    assert Stream.objects.get(person_id=LEE).head == 4


@pytest.mark.django_db
def test_it_writes_one_row_for_a_recipient_named_twice():
    with transaction.atomic():
        announce(say("a.one", LEE, LEE, NOOR, LEE))
    assert numbers_of(LEE) == [1]


@pytest.mark.django_db
def test_it_announces_nothing_to_nobody():
    with transaction.atomic():
        announce()
        announce(say("a.one"))
    assert not InboxItem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_announce_outside_a_transaction():
    with pytest.raises(TransactionManagementError):
        announce(say("a.one", LEE))
    assert not InboxItem.objects.exists()


@pytest.mark.django_db
def test_it_writes_the_rung_stored_for_what_climbs_and_for_nothing_else():
    climbing, flat = Subject("version", uuid4()), Subject("version", uuid4())
    with transaction.atomic():
        announce(
            say("a.sent", LEE, NOOR, subject=climbing, sender=AMARA, climbs=True), say("a.note", LEE, subject=flat)
        )
    rungs = Rung.objects.all()
    assert {(rung.subject_id, rung.person_id, rung.name) for rung in rungs} == {
        (climbing.id, LEE, "stored"),
        (climbing.id, NOOR, "stored"),
    }


@pytest.mark.django_db
def test_nothing_climbs_to_nobody():
    with pytest.raises(DatabaseError), transaction.atomic():
        announce(say("a.sent", LEE, climbs=True))


@pytest.mark.django_db(transaction=True)
def test_it_rings_after_the_commit_and_with_numbers_only(rung_bells):
    with transaction.atomic():
        announce(say("a.one", LEE, NOOR), say("a.two", LEE))
        assert rung_bells == []
    assert rung_bells == [{LEE: 2, NOOR: 1}]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_act_leaves_no_row_no_gap_and_no_bell(rung_bells):
    with transaction.atomic():
        announce(say("a.one", LEE))
    with transaction.atomic():
        announce(say("a.lost", LEE))
        transaction.set_rollback(True)
    with transaction.atomic():
        announce(say("a.two", LEE))
    assert numbers_of(LEE) == [1, 2]
    assert events_of(LEE) == ["a.one", "a.two"]
    assert rung_bells == [{LEE: 1}, {LEE: 2}]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_does_not_undo_a_committed_act(monkeypatch, caplog):
    def broken(heads):
        raise RuntimeError("no hub")

    monkeypatch.setattr(bell, "_listeners", [broken])
    with transaction.atomic():
        announce(say("a.one", LEE))
    assert numbers_of(LEE) == [1]
    assert "live.hint_lost" in caplog.text


def in_threads(count, work):
    """Runs work(0..count-1) in as many threads, each with a connection of its own, all starting at once."""
    gate = threading.Barrier(count)

    def run(index):
        try:
            gate.wait(timeout=30)
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_eight_writers_with_recipients_in_opposite_orders_leave_no_gap_and_no_deadlock():
    crowd = [uuid4() for _ in range(6)]

    def write(index):
        for turn in range(40):
            order = crowd if (index + turn) % 2 else crowd[::-1]
            with transaction.atomic():
                announce(say(f"w{index}.{turn}", *order[: 3 + turn % 4]), say(f"w{index}.{turn}b", order[-1]))

    in_threads(8, write)
    for person_id in crowd:
        numbers = numbers_of(person_id)
        assert numbers == list(range(1, len(numbers) + 1))
        assert Stream.objects.get(person_id=person_id).head == len(numbers)
        for index in range(8):
            own = [event for event in events_of(person_id) if event.startswith(f"w{index}.")]
            turns = [int(event.split(".")[1].rstrip("b")) for event in own]
            assert turns == sorted(turns)
    assert InboxItem.objects.count() == sum(3 + turn % 4 + 1 for turn in range(40)) * 8


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_polls_beside_eight_writers_never_misses_a_row():
    """Whoever has seen number N can have every number below it: the property that a sequence does not have."""
    seen, is_over = [], threading.Event()

    def read():
        try:
            while True:
                was_over = is_over.is_set()
                after = seen[-1] if seen else 0
                new = InboxItem.objects.filter(person_id=LEE, number__gt=after).order_by("number")
                seen.extend(new.values_list("number", flat=True))
                if was_over:
                    return
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()

    def write(index):
        for turn in range(30):
            with transaction.atomic():
                announce(say(f"w{index}.{turn}", LEE))
                transaction.set_rollback(turn % 5 == 4)

    in_threads(8, write)
    is_over.set()
    reader.join(timeout=30)
    assert seen == list(range(1, 8 * 24 + 1))
    assert Counter(event.split(".")[0] for event in events_of(LEE)) == {f"w{index}": 24 for index in range(8)}
