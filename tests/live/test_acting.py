"""Who acts is said with each statement, to the database that answers it, and is forgotten with its transaction."""

from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from live import acting as acting_module
from live.acting import acting_as_system, acting_for
from live.pool import POOL

pytestmark = pytest.mark.django_db(transaction=True)

LEE = UUID("00000000-0000-4000-8000-00000000001e")
AMARA = UUID("00000000-0000-4000-8000-0000000000aa")


def heard():
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('readback.acting', true), '')")
        return cursor.fetchone()[0]


def left_behind():
    """What the connection says of itself, asked below Django: what the next request would be given."""
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('readback.acting', true), '')")
        return cursor.fetchone()[0]


def test_each_statement_is_for_whom_the_block_says():
    with acting_for(LEE):
        assert heard() == str(LEE)
        with acting_as_system("test.inner"):
            assert heard() == "system:test.inner"
        with acting_for(AMARA):
            assert heard() == str(AMARA)
        assert heard() == str(LEE)


def test_in_one_transaction_too_nobody_stays_who_they_were():
    # The attack: a block that is the system's ends, the transaction goes on, and what follows would still see all.
    with transaction.atomic(), acting_for(None):
        with acting_as_system("test.inner"):
            assert heard() == "system:test.inner"
        assert heard() == ""
        with acting_for(LEE):
            assert heard() == str(LEE)
        assert heard() == ""


# The attack: a connection is kept for the next request, and something of the last one is still on it.
@pytest.mark.parametrize("end", ["commit", "rollback", "failure", "autocommit", "savepoint"])
def test_nothing_is_left_on_the_connection(end):
    def statement():
        with acting_for(LEE):
            if end == "autocommit":
                return heard()
            with transaction.atomic():
                said = heard()
                if end == "savepoint":
                    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                        cursor.execute("SELECT 1 / 0")
                    assert heard() == str(LEE)
                if end == "failure":
                    with pytest.raises(DatabaseError), connection.cursor() as cursor:
                        cursor.execute("SELECT 1 / 0")
                transaction.set_rollback(end in {"rollback", "failure"})
                return said

    assert statement() == str(LEE)
    assert left_behind() == ""


def test_two_requests_on_one_connection_are_each_their_own(settings):
    settings.LIVE_POOL_THREADS = 1

    def request(person_id):
        with acting_for(person_id):
            return connection.connection and connection.connection.get_backend_pid(), heard()

    POOL.submit(request, LEE).result()
    answers = [POOL.submit(request, person_id).result() for person_id in (LEE, AMARA, None)]
    POOL.close()
    assert len({backend for backend, _ in answers}) == 1
    assert [said for _, said in answers] == [str(LEE), str(AMARA), ""]


def test_it_is_one_message_and_counts_as_one_query(django_assert_num_queries):
    with django_assert_num_queries(2), acting_for(LEE):
        heard()
        heard()


def test_many_rows_at_once_are_somebodys_too():
    with acting_for(LEE), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE said (words text)")
        cursor.executemany("INSERT INTO said SELECT current_setting('readback.acting') || %s", [["1"], ["2"]])
        cursor.execute("SELECT words FROM said ORDER BY 1")
        assert cursor.fetchall() == [(f"{LEE}1",), (f"{LEE}2",)]


@pytest.mark.parametrize("name", ["x'; DROP TABLE accounts_person; --", "Lee", "", "a" * 41])
def test_only_an_id_or_a_reason_can_be_said(name):
    # The attack: words that end the quoted name and go on as a statement.
    with pytest.raises(ValueError, match="badly formed|invalid literal"), acting_for(name or "-"):
        heard()
    with pytest.raises(ValueError, match="a reason"), acting_as_system(name):
        heard()
    token = acting_module._acting.set(f"{name}'")
    with pytest.raises(ValueError, match="who acts"):
        heard()
    acting_module._acting.reset(token)


def test_a_person_is_never_taken_for_the_system():
    with acting_for(uuid4()):
        assert not heard().startswith("system:")
