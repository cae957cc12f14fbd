"""The data keys under rollbacks, races, limits and time. What goes wrong here loses a patient's record for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from uuid import uuid4

import pytest
from django.db import connection, transaction

from vault import keys
from vault.blobs import NONCE_BYTES, open_key
from vault.errors import KeyStoreUnreachable, KeyWornOut
from vault.models import DataKey
from vault.scopes import Scope
from vault.services import destroy, prepare, seal, token_bytes, unseal


class RolledBack(Exception):
    """Ends a transaction of a test."""


@contextmanager
def rolled_back():
    """A transaction, or a savepoint in one, that everything in the block is lost with."""
    with suppress(RolledBack), transaction.atomic():
        yield
        raise RolledBack


def rows_of(scope):
    return DataKey.objects.filter(scope_kind=scope.kind, scope_id=scope.id)


@pytest.mark.django_db(transaction=True)
def test_what_is_sealed_after_a_rollback_opens_in_another_process(scope, place):
    # The trap: the first seal makes the key, its transaction rolls back, the process still holds the key and seals
    # something that commits. If the key had gone with the transaction, nothing would ever open that value again.
    with rolled_back():
        seal(b"never committed", scope=scope, place=place)
    with transaction.atomic():
        blob = seal(b"committed", scope=scope, place=place)
    keys.RING.forget_all()
    assert unseal(blob, scope=scope, place=place) == b"committed"
    assert rows_of(scope).count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_sealed_after_a_savepoint_was_rolled_back_opens_too(scope, place):
    with transaction.atomic():
        with rolled_back():
            seal(b"never committed", scope=scope, place=place)
        blob = seal(b"committed", scope=scope, place=place)
    keys.RING.forget_all()
    assert unseal(blob, scope=scope, place=place) == b"committed"


@pytest.mark.django_db(transaction=True)
def test_every_key_in_memory_is_durable_in_the_database(scope, place):
    # The invariant itself, seen from outside the transaction that made the key, while that is still open.
    with transaction.atomic():
        seal(b"x", scope=scope, place=place)
        with ThreadPoolExecutor(1) as another:
            assert another.submit(in_thread, lambda: rows_of(scope).count()).result() == 1


@pytest.mark.django_db(transaction=True)
def test_a_caller_whose_snapshot_is_older_than_the_key_still_seals(scope, place):
    # REPEATABLE READ: the caller's snapshot shows no key, another process has made one since.
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM vault_datakey")
        with ThreadPoolExecutor(1) as another:
            theirs = another.submit(in_thread, lambda: seal(b"theirs", scope=scope, place=place)).result()
        keys.RING.forget_all()
        ours = seal(b"ours", scope=scope, place=place)
    assert ours[2:18] == theirs[2:18]


@pytest.mark.django_db(transaction=True)
def test_transactions_that_meet_a_scope_without_a_key_end_with_one(scope, place):
    together = threading.Barrier(6)

    def first_seal(number):
        def work():
            with transaction.atomic():
                together.wait(timeout=20)
                # Each its own process, as it were: nobody finds the key in the shared ring.
                keys.RING.forget_all()
                return seal(b"%d" % number, scope=scope, place=place)

        return in_thread(work)

    with ThreadPoolExecutor(6) as pool:
        blobs = list(pool.map(first_seal, range(6)))
    keys.RING.forget_all()
    assert rows_of(scope).count() == 1
    assert [unseal(blob, scope=scope, place=place) for blob in blobs] == [b"%d" % number for number in range(6)]


@pytest.mark.django_db(transaction=True)
def test_a_destruction_that_rolls_back_erases_nothing(scope, place):
    blob = seal(b"x", scope=scope, place=place)
    with rolled_back():
        destroy(scope)
    assert unseal(blob, scope=scope, place=place) == b"x"


@pytest.mark.django_db(transaction=True)
def test_a_destruction_reaches_a_key_that_was_read_beside_it(scope, place):
    # While the destroying transaction is open, another thread reads the key again and keeps it. The commit must end
    # that too.
    blob = seal(b"x", scope=scope, place=place)
    with transaction.atomic():
        destroy(scope)
        with ThreadPoolExecutor(1) as another:
            another.submit(in_thread, lambda: unseal(blob, scope=scope, place=place)).result()
        assert keys.RING.active(scope) is not None
    assert keys.RING.active(scope) is None


class Clock:
    """A monotonic clock that the test moves."""

    now = 1000.0


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(keys.time, "monotonic", lambda: clock.now)
    return clock


@pytest.mark.django_db
def test_a_key_is_kept_for_five_minutes_and_no_longer(scope, place, clock):
    seal(b"x", scope=scope, place=place)
    clock.now += 299
    assert keys.RING.active(scope) is not None
    clock.now += 2
    assert keys.RING.active(scope) is None


def test_the_ring_keeps_the_thousand_keys_that_were_used_last():
    ring = keys.Keyring()
    scopes = [Scope.patient(uuid4()) for _ in range(1001)]
    for number, scope in enumerate(scopes):
        ring.put(open_key(b"k" * 32, key_id=scope.id, scope=scope, version=1), active=True)
        if number == 500:
            assert ring.active(scopes[0]) is not None
    assert ring.active(scopes[0]) is not None
    assert ring.active(scopes[1]) is None
    assert ring.active(scopes[1000]) is not None


@pytest.mark.django_db(transaction=True)
def test_seals_are_counted_on_the_row_in_blocks_of_a_thousand(scope, place):
    for _ in range(999):
        seal(b"x", scope=scope, place=place)
    assert rows_of(scope).get().sealed_count == 0
    seal(b"x", scope=scope, place=place)
    assert rows_of(scope).get().sealed_count == 1000


@pytest.mark.django_db(transaction=True)
def test_seals_are_counted_even_when_the_caller_rolls_back(scope, place):
    # A nonce that was used is used, whatever becomes of the transaction.
    with rolled_back():
        for _ in range(1000):
            seal(b"x", scope=scope, place=place)
    assert rows_of(scope).get().sealed_count == 1000


@pytest.mark.django_db(transaction=True)
def test_a_key_that_has_sealed_2_to_the_28_seals_no_more_but_still_opens(scope, place):
    blob = seal(b"x", scope=scope, place=place)
    rows_of(scope).update(sealed_count=2**28 - 1000)
    for _ in range(999):
        seal(b"x", scope=scope, place=place)
    with pytest.raises(KeyWornOut):
        seal(b"x", scope=scope, place=place)
    with pytest.raises(KeyWornOut):
        seal(b"x", scope=scope, place=place)
    assert unseal(blob, scope=scope, place=place) == b"x"
    prepare([scope])
    with pytest.raises(KeyWornOut):
        seal(b"x", scope=scope, place=place)


@pytest.mark.django_db(transaction=True)
def test_counting_never_waits_for_whoever_holds_the_keys_row(scope, place):
    # A rotation may hold the row and wait for a lock of this caller's: waiting here would be for ever.
    seal(b"x", scope=scope, place=place)
    keys._counts.update({rows_of(scope).get().pk: 999})
    with transaction.atomic():
        rows_of(scope).select_for_update().get()
        with ThreadPoolExecutor(1) as another:
            another.submit(in_thread, lambda: seal(b"x", scope=scope, place=place)).result(timeout=4)
    seal(b"x", scope=scope, place=place)
    assert rows_of(scope).get().sealed_count == 1001


@pytest.mark.django_db(transaction=True)
def test_a_key_that_cannot_be_made_stops_the_act(scope, place):
    # The table is locked for longer than the connection apart waits: an error, not a request that hangs.
    with transaction.atomic(), ThreadPoolExecutor(1) as another:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE vault_datakey IN SHARE MODE")
        with pytest.raises(KeyStoreUnreachable):
            another.submit(in_thread, lambda: seal(b"x", scope=scope, place=place)).result(timeout=20)


@pytest.mark.django_db(transaction=True)
def test_a_count_that_cannot_be_written_stops_the_seal_and_is_not_lost(scope, place):
    seal(b"x", scope=scope, place=place)
    key_id = rows_of(scope).get().pk
    keys._counts.update({key_id: 999})
    with transaction.atomic(), ThreadPoolExecutor(1) as another:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE vault_datakey IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(KeyStoreUnreachable):
            another.submit(in_thread, lambda: seal(b"x", scope=scope, place=place)).result(timeout=20)
    assert keys._counts[key_id] == 1000


def test_no_nonce_comes_twice():
    assert len({token_bytes(NONCE_BYTES) for _ in range(200_000)}) == 200_000


def in_thread(work):
    """The work, with this thread's database connection closed after it."""
    try:
        return work()
    finally:
        connection.close()
