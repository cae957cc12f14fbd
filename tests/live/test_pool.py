"""A fixed number of threads, each with one database connection that is kept, and replaced when it is broken."""

import contextvars
import threading
import time
from concurrent.futures import wait

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from config.roles import as_owner
from live.pool import POOL, Crew

pytestmark = pytest.mark.django_db(transaction=True)


def together(work, count):
    return {future.result() for future in [POOL.submit(work) for _ in range(count)]}


def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_it_keeps_one_connection_per_thread_and_no_more_threads_than_it_may(settings):
    settings.LIVE_POOL_THREADS = 3
    gate = threading.Barrier(3)

    def all_at_once():
        gate.wait(timeout=20)
        return backend(), threading.get_ident()

    first = {future.result() for future in [POOL.submit(all_at_once) for _ in range(3)]}
    later = {
        (future.result()) for future in [POOL.submit(lambda: (backend(), threading.get_ident())) for _ in range(30)]
    }
    assert len(first) == 3
    assert later <= first


def test_work_goes_to_the_thread_that_was_idle_last():
    crew, gate = Crew(3), threading.Barrier(3)
    wait([crew.submit(lambda: gate.wait(20)) for _ in range(3)])
    used = set()
    for _ in range(9):
        until_idle(crew, 3)
        used.add(crew.submit(threading.get_ident).result())
    assert len(used) == 1
    crew.shutdown()


def until_idle(crew, count):
    deadline = time.monotonic() + 20
    while len(crew._idle) < count:
        assert time.monotonic() < deadline


def test_more_work_than_threads_waits_and_is_done_in_its_order(settings):
    settings.LIVE_POOL_THREADS = 1
    done = []
    wait([POOL.submit(done.append, number) for number in range(50)])
    assert done == list(range(50))


def test_a_failure_is_the_callers_and_the_thread_goes_on(settings):
    settings.LIVE_POOL_THREADS = 1
    with pytest.raises(KeyboardInterrupt):
        POOL.submit(_interrupt).result()
    assert POOL.submit(threading.get_ident).result()


def _interrupt():
    raise KeyboardInterrupt


def test_a_connection_that_the_server_closed_is_replaced_before_it_is_used(settings):
    settings.LIVE_POOL_THREADS = 1
    old = POOL.submit(backend).result()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [old])
        assert cursor.fetchone() == (True,)
    new = POOL.submit(backend).result()
    assert new != old


def test_a_connection_that_failed_in_the_middle_is_discarded_and_nothing_is_retried(settings):
    settings.LIVE_POOL_THREADS = 1
    calls = []

    def cut_off():
        calls.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE; SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        POOL.submit(cut_off).result()
    assert calls == [1]
    assert POOL.submit(backend).result()


def test_it_asks_the_database_nothing_of_its_own(settings):
    settings.LIVE_POOL_THREADS = 1

    def queries():
        with CaptureQueriesContext(connection) as captured:
            backend()
        return [query["sql"] for query in captured]

    POOL.submit(queries).result()
    # Who acts is said in the same message.
    assert POOL.submit(queries).result() == ["SET LOCAL readback.acting = 'system:test'; SELECT pg_backend_pid()"]


def test_work_sees_the_context_of_its_caller_and_leaves_nothing_in_it(settings):
    settings.LIVE_POOL_THREADS = 1
    place = contextvars.ContextVar("place", default="nowhere")
    place.set("ward")

    def move():
        before = place.get()
        place.set("theatre")
        return before

    assert [POOL.submit(move).result(), POOL.submit(move).result(), place.get()] == ["ward", "ward", "ward"]


def test_closing_it_leaves_no_connection_behind(settings):
    settings.LIVE_POOL_THREADS = 4
    wait([POOL.submit(backend) for _ in range(40)])
    POOL.close()
    # A server process ends a moment after its connection.
    deadline = time.monotonic() + 20
    while others():
        assert time.monotonic() < deadline
    assert POOL.submit(backend).result()


def others():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]
