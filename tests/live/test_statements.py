"""A statement written by hand is planned once for each kept connection, and says what it would say unplanned."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from config.roles import as_owner
from live.pool import POOL
from live.statements import Call, Statement, run_together

pytestmark = pytest.mark.django_db(transaction=True)

ECHO = Statement("SELECT %(words)s::text, %(number)s::bigint + 1, %(words)s || '%%', %(ids)s::uuid[]")
BACKEND = Statement("SELECT pg_backend_pid(), %s::int")
KEY = Statement("INSERT INTO live_actkey (key, person_id, act) VALUES (%s, %s, %s)")
KEYS = Statement("SELECT act FROM live_actkey WHERE person_id = %s ORDER BY act")


def planned():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'readback_%%'", [])
        return cursor.fetchone()[0]


@pytest.fixture
def one_thread(settings, pool):
    settings.LIVE_POOL_THREADS = 1


def test_it_is_planned_once_and_asked_as_one_query(one_thread, django_assert_num_queries):
    before, twice = POOL.submit(lambda: (planned(), [BACKEND.first([n]) for n in (1, 2)])).result()
    assert before == 0
    assert [number for _, number in twice] == [1, 2]
    assert POOL.submit(planned).result() == 1
    BACKEND.first([1])
    with django_assert_num_queries(1):
        BACKEND.first([1])


@pytest.mark.parametrize("is_planned", [True, False])
def test_its_answer_is_the_same_planned_and_not(settings, is_planned):
    settings.DATABASE_PREPARE = is_planned
    person = uuid4()
    assert ECHO.first({"words": "50% 'x' %s", "number": 2**40, "ids": [person, None]}) == (
        "50% 'x' %s",
        2**40 + 1,
        "50% 'x' %s%",
        [person, None],
    )
    assert ECHO.only({"words": "", "number": 1, "ids": [None]})[3] == [None]
    assert KEYS.first([person]) is None
    assert KEY.run([uuid4(), person, "a"]) == 1
    assert KEYS.all([person]) == [("a",)]


def test_nothing_is_planned_behind_a_pooler(settings, one_thread):
    settings.DATABASE_PREPARE = False
    assert POOL.submit(lambda: (BACKEND.first([1])[1], planned())).result() == (1, 0)


def test_a_connection_that_was_replaced_plans_anew(one_thread):
    old, _ = POOL.submit(BACKEND.first, [1]).result()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [old])
    new, number = POOL.submit(BACKEND.first, [2]).result()
    assert (new != old, number) == (True, 2)


def test_what_was_planned_in_an_act_that_was_rolled_back_is_still_planned(one_thread):
    def act():
        key = uuid4()
        with pytest.raises(IntegrityError), transaction.atomic():
            run_together([Call(KEY, [key, uuid4(), act]) for act in ("a", "b")])
        return KEY.run([uuid4(), uuid4(), "a"])

    assert POOL.submit(act).result() == 1


def test_several_go_in_one_message_in_their_order(django_assert_num_queries):
    person = uuid4()
    calls = [Call(KEY, [uuid4(), person, act]) for act in ("a", "b%s")]
    KEYS.all([person])
    with transaction.atomic():
        run_together(calls[:0])
        with django_assert_num_queries(1):
            assert run_together([*calls, Call(KEYS, [person])]) == [("a",), ("b%s",)]
    assert run_together([Call(KEY, [uuid4(), person, "c"])]) == []
    assert KEYS.all([person]) == [("a",), ("b%s",), ("c",)]


def test_of_several_that_are_sent_together_none_is_done_when_one_fails():
    key, person = uuid4(), uuid4()
    calls = [Call(KEY, [key, person, "a"]), Call(KEY, [key, person, "b"])]
    with pytest.raises(IntegrityError):
        run_together(calls)
    assert KEYS.all([person]) == []


def test_a_statement_that_is_wrong_says_so_each_time():
    wrong = Statement("SELECT nothing_of_the_kind FROM live_actkey")
    for _ in range(2):
        with pytest.raises(ProgrammingError):
            wrong.all()
