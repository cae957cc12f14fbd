"""The record by months: made ahead, each guarded as the whole, and nothing lost where one was not made."""

from contextlib import closing
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from audit.reading import read
from audit.searches import Search
from config.roles import as_owner
from ledger import guards, months, notes, sequencer
from ledger.models import Event, Leaf
from ledger.services import record
from ledger.verifying import Tampered, verify
from tests.guards import guard_the_log, tables_of_the_log
from tests.ledger.test_sequencer import record_many
from vault.signing import log_key

pytestmark = pytest.mark.django_db
NAME = "'ledger_event_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '%s months', 'YYYY_MM')"
LIES_IN = "SELECT tableoid::regclass::text FROM ledger_event WHERE id = %s"


def told(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def month(ahead):
    """The name of this month's part of the record, or of one so many months from it."""
    return told(f"SELECT {NAME % ahead}")


def done(sql, *parameters):
    """Done by the owner of the tables, with the guards off meanwhile."""
    with as_owner(), connection.cursor() as cursor:
        for table in tables_of_the_log(cursor):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)
        guard_the_log(cursor)


def key():
    return notes.key_of(log_key())


def the_event_of(nurse):
    return Event.objects.get(agent_id=nurse.person_id)


def test_this_month_and_the_next_three_are_there(nurse):
    record("patient.read", agent=nurse, patient_id=uuid4())
    assert told(LIES_IN, the_event_of(nurse).pk) == month(0)
    with connection.cursor() as cursor:
        assert {month(ahead) for ahead in range(4)} < set(tables_of_the_log(cursor))


def test_what_is_missing_is_made_by_a_server_that_owns_nothing():
    done(f"DROP TABLE {month(2)}; DROP TABLE {month(3)}")
    assert months.make_ahead() == 0
    with connection.cursor() as cursor:
        assert {month(2), month(3)} < set(tables_of_the_log(cursor))
        # With every guard of the others, always on.
        assert guards.faults(cursor) == []


def test_an_event_of_the_next_month_is_ordered_and_proved_there(nurse):
    sequencer.sequence()
    done(
        "INSERT INTO ledger_event (recorded, event, outcome, purpose, agent_id, process_id, process_n) VALUES "
        "(date_trunc('month', now()) + interval '40 days', 'patient.read', 'success', 'TREAT', %s, %s, 1);"
        "INSERT INTO ledger_waiting SELECT id, recorded FROM ledger_event WHERE agent_id = %s",
        *(nurse.person_id, uuid4(), nurse.person_id),
    )
    record("patient.read", agent=nurse)
    assert sequencer.sequence() == 2
    later, now = Event.objects.filter(agent_id=nurse.person_id).order_by("id")
    assert (told(LIES_IN, later.pk), told(LIES_IN, now.pk)) == (month(1), month(0))
    assert verify(key()).places == Leaf.objects.count()
    assert [event.pk for event in read(Search(person_id=nurse.person_id), wanted=5).events] == [later.pk, now.pk]


def this_month_was_never_made():
    name = month(0)
    done(
        f"ALTER TABLE ledger_event DETACH PARTITION {name};"
        f"INSERT INTO ledger_event_default SELECT * FROM {name}; DROP TABLE {name}"
    )


def test_a_month_that_nobody_made_loses_nothing(nurse):
    this_month_was_never_made()
    record_many(nurse, 3)
    assert sequencer.sequence() >= 3
    found = read(Search(person_id=nurse.person_id), wanted=2)
    ids = list(Event.objects.filter(agent_id=nurse.person_id).order_by("-id").values_list("id", flat=True))
    assert told(LIES_IN, ids[0]) == "ledger_event_default"
    assert [event.pk for event in found.events] == ids[:2]
    assert [event.pk for event in read(Search(older_than=found.next), wanted=1).events] == ids[2:]
    assert verify(key()).places == Leaf.objects.count()


def test_what_began_where_no_month_was_stays_there(nurse, caplog):
    # Nothing of the record is moved, and the months after it are made all the same.
    record("patient.read", agent=nurse)
    this_month_was_never_made()
    done(f"DROP TABLE {month(3)}")
    months.run_round()
    assert [line.months for line in caplog.records if line.msg == "ledger.months_missing"] == [1]
    assert told(LIES_IN, the_event_of(nurse).pk) == "ledger_event_default"
    with connection.cursor() as cursor:
        assert month(3) in tables_of_the_log(cursor)


def test_an_act_at_midnight_of_the_first_does_not_fail(nurse):
    # The table gives the time, then the trigger sees the row: a new month may have begun in between. No trigger may
    # move a row, so the time that is a moment old stays. Here a month begins ten seconds ago.
    border = told("SELECT clock_timestamp() - interval '10 seconds'")
    done(
        f"ALTER TABLE ledger_event DETACH PARTITION {month(0)};"
        "CREATE TABLE month_before PARTITION OF ledger_event FOR VALUES FROM (%s) TO (%s);"
        "CREATE TABLE month_after PARTITION OF ledger_event FOR VALUES FROM (%s) TO (%s)",
        *(border - timedelta(hours=1), border, border, told("SELECT date_trunc('month', now()) + interval '1 month'")),
    )
    just_before = told("SELECT %s::timestamptz - interval '1 microsecond'", border)
    put_at(just_before, nurse)
    assert the_event_of(nurse).recorded == just_before
    assert told(LIES_IN, the_event_of(nurse).pk) == "month_before"
    assert sequencer.sequence() == 1


PUT = (
    "INSERT INTO ledger_event (recorded, event, outcome, purpose, agent_id) VALUES (%s, 'a.b', 'success', 'TREAT', %s)"
)


def put_at(moment: datetime, nurse):
    """As the table's own default would: only its owner may name a time."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(PUT, [moment, nurse.person_id])


@pytest.mark.parametrize("seconds", [-90, 30])
def test_a_time_of_ones_choice_does_not_stay(nurse, seconds):
    # The attack: write today what should have been recorded before, or what nobody may see for a while.
    before = told("SELECT clock_timestamp()")
    put_at(before + timedelta(seconds=seconds), nurse)
    assert before < the_event_of(nurse).recorded < told("SELECT clock_timestamp()")


def test_a_time_of_another_month_is_refused(nurse):
    # The database lets no trigger move a row to another month: the reason, too, why a moment's age has to stay.
    refused = pytest.raises(DatabaseError, match="moving row to another partition")
    with as_owner(), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PUT, [told("SELECT now() - interval '2 months'"), nurse.person_id])


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (
            "ALTER TABLE {0} DISABLE TRIGGER ledger_event_is_append_only",
            "guard ledger_event_is_append_only of {0} is off",
        ),
        ("ALTER TABLE {0} ENABLE TRIGGER ledger_event_is_never_emptied", "ledger_event_is_never_emptied of {0} is off"),
        ("DROP TRIGGER ledger_event_is_never_emptied ON {1}", "ledger_event_is_never_emptied of {1} is off"),
        ("DROP TRIGGER ledger_event_waits_for_a_place ON ledger_event", "waits_for_a_place of {1} is off"),
        ("ALTER TABLE ledger_leaf DISABLE TRIGGER USER", "ledger_leaf_is_append_only of ledger_leaf is off"),
        ("UPDATE pg_class SET relhastriggers = false WHERE oid = '{1}'::regclass", "append_only of {1} is off"),
        ("ALTER TABLE ledger_event DETACH PARTITION {1}", "month {1} is detached"),
        ("DROP TABLE ledger_event_default", "no ledger_event_default"),
    ],
)
def test_a_guard_that_is_off_is_found(nurse, what, words):
    # The attack: what has no place yet is changed in that second, with the guard of its month off. Nothing is wrong
    # with what is signed; but nobody of the product switches a guard off.
    record("patient.read", agent=nurse)
    sequencer.sequence()
    assert verify(key()).places
    names = month(0), month(1)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(what.format(*names))
    with pytest.raises(Tampered, match=words.format(*names)) as found:
        verify(key())
    assert found.value.place is None


def test_a_month_that_is_attached_again_is_good_again(nurse):
    record("patient.read", agent=nurse)
    sequencer.sequence()
    name = month(0)
    bounds = told("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", name)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE ledger_event DETACH PARTITION {name}")
    with pytest.raises(Tampered, match=f"is gone. The month {name} is detached"):
        verify(key())
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE ledger_event ATTACH PARTITION {name} {bounds}")
    assert verify(key()).places == Leaf.objects.count()


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_all_of_the_record_is_not_waited_for():
    # A new month takes a moment of the part that is for none of them, which every reader of the whole holds. It is
    # tried again: three months are there until then.
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {month(3)}")
    other = connection.copy()
    with closing(other), transaction.atomic():
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM ledger_event")
        assert months.make_ahead() == 1
        with other.cursor() as cursor:
            cursor.execute("ROLLBACK")
        assert months.make_ahead() == 0
