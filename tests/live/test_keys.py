"""An act that is sent again gives the first answer again; two that are sent at once act once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from config.roles import as_owner
from live import bounds
from live.inbox import Announcement, Subject, announce
from live.keys import claim, settle
from live.models import ActKey, InboxItem
from live.refusals import Conflict
from tests.live.people import AMARA, LEE


def act(key, *, person_id=AMARA, name="thing.done"):
    """An act as the rooms above write one: what it led to, the first time and every time."""
    with transaction.atomic():
        earlier = claim(key, person_id=person_id, act=name).earlier
        if earlier is not None:
            return earlier
        result = uuid4()
        settle(key, result_id=result)
        announce(Announcement(event=name, recipients=[LEE], subject=Subject("thing", result)))
        return result


@pytest.mark.django_db
def test_the_first_time_is_claimed_and_the_second_gets_the_first_result():
    key = uuid4()
    first = act(key)
    assert act(key) == first
    assert InboxItem.objects.count() == 1


@pytest.mark.django_db
def test_it_refuses_the_key_of_another_person_and_of_another_act():
    key = uuid4()
    act(key)
    with pytest.raises(Conflict) as refused:
        act(key, person_id=LEE)
    assert refused.value.code == "key_used"
    with pytest.raises(Conflict):
        act(key, name="other.done")
    assert InboxItem.objects.count() == 1


@pytest.mark.django_db
def test_a_key_whose_act_left_no_result_is_not_acted_on_again():
    key = uuid4()
    with transaction.atomic():
        claim(key, person_id=AMARA, act="thing.done")
    with pytest.raises(Conflict), transaction.atomic():
        claim(key, person_id=AMARA, act="thing.done")


@pytest.mark.django_db
def test_it_settles_only_what_was_claimed():
    with pytest.raises(LookupError), transaction.atomic():
        settle(uuid4(), result_id=uuid4())


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_claim_outside_a_transaction():
    with pytest.raises(TransactionManagementError):
        claim(uuid4(), person_id=AMARA, act="thing.done")


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_act_frees_its_key():
    key = uuid4()
    with transaction.atomic():
        claim(key, person_id=AMARA, act="thing.done")
        transaction.set_rollback(True)
    assert not ActKey.objects.exists()
    act(key)
    assert InboxItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_threads_with_one_key_act_once_and_get_one_answer():
    key, gate = uuid4(), threading.Barrier(50)

    def send(_):
        try:
            gate.wait(timeout=60)
            return act(key)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        answers = set(threads.map(send, range(50)))
    assert len(answers) == 1
    assert InboxItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_second_sender_waits_for_the_first_and_gets_its_result_or_its_turn():
    """The lock is the key's row: while the first act is open the second has no answer, not even 'new'."""
    for is_committed in (True, False):
        key, result = uuid4(), uuid4()
        claimed, may_end = threading.Event(), threading.Event()

        def first(key=key, result=result, claimed=claimed, may_end=may_end, is_committed=is_committed):
            try:
                with transaction.atomic():
                    claim(key, person_id=AMARA, act="thing.done")
                    settle(key, result_id=result)
                    claimed.set()
                    may_end.wait(timeout=30)
                    transaction.set_rollback(not is_committed)
            finally:
                connection.close()

        def second(key=key):
            try:
                return act(key)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            threads.submit(first)
            assert claimed.wait(timeout=30)
            waiting = threads.submit(second)
            until_somebody_waits_for_a_lock()
            assert not waiting.done()
            may_end.set()
            assert (waiting.result(timeout=30) == result) is is_committed


def until_somebody_waits_for_a_lock(unless=None):
    """Returns when a session waits; `unless` is a Future of the one that should, which must not end before."""
    while not (unless and unless.done()):
        # What others wait for is shown to the owner of their sessions only.
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    pytest.fail(f"it did not wait: {unless.result()}")


@pytest.mark.django_db
def test_an_act_that_knows_what_it_leads_to_need_not_settle():
    key, result = uuid4(), uuid4()
    assert claim(key, person_id=AMARA, act="thing.done", leads_to=result).earlier is None
    assert claim(key, person_id=AMARA, act="thing.done", leads_to=uuid4()).earlier == result


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_stopped_in_the_middle_of_an_act_locks_nobody_out_for_long(monkeypatch):
    # Stopped between two statements, a process holds what it has locked; the database ends its transaction.
    monkeypatch.setattr(bounds, "IDLE_MS", 300)
    key, is_free = uuid4(), threading.Event()
    act(key)

    def stopped():
        try:
            with transaction.atomic():
                claim(uuid4(), person_id=LEE, act="thing.done")
                ActKey.objects.select_for_update().get(pk=key)
                holds.set()
                assert is_free.wait(30)
                with pytest.raises(DatabaseError):
                    ActKey.objects.count()
                raise DatabaseError("ended by the database")
        except DatabaseError:
            return "ended"
        finally:
            connection.close()

    holds = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(stopped)
        assert holds.wait(30)
        with transaction.atomic():
            assert ActKey.objects.select_for_update().get(pk=key).pk == key
        is_free.set()
        assert waits.result(30) == "ended"


@pytest.mark.django_db(transaction=True)
def test_the_bound_of_an_act_ends_with_it():
    act(uuid4())
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("0",)
