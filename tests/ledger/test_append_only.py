"""The table against whoever may run SQL. What a superuser can still do is listed, not hidden: see the last tests."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from ledger.models import Event
from ledger.services import record

# As the owner of the tables: what a trigger refuses to the owner, it refuses to everybody. The server's role does not
# get that far (tests/config/test_roles.py).
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_owner")]


@pytest.fixture
def event(nurse):
    record("patient.read", agent=nurse, patient_id=uuid4())
    return Event.objects.get(agent_id=nurse.person_id)


def attempt(sql, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


CHANGES = [
    "UPDATE ledger_event SET agent_id = NULL",
    "UPDATE ledger_event SET recorded = recorded - interval '1 day'",
    "UPDATE ledger_event SET detail = detail",
    "DELETE FROM ledger_event",
    "TRUNCATE ledger_event",
    "TRUNCATE ledger_event CASCADE",
    "INSERT INTO ledger_event (id, recorded, event, outcome, purpose) OVERRIDING SYSTEM VALUE "
    "SELECT id, recorded, event, outcome, purpose FROM ledger_event ORDER BY id DESC LIMIT 1 "
    "ON CONFLICT (id, recorded) DO UPDATE SET event = 'x.y'",
    "MERGE INTO ledger_event AS kept USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM ledger_event RETURNING *) SELECT count(*) FROM gone",
]


@pytest.mark.parametrize("sql", CHANGES)
def test_it_refuses_every_change(event, sql):
    with pytest.raises(ProgrammingError, match="append-only"):
        attempt(sql)
    event.refresh_from_db()
    assert event.event == "patient.read"


@pytest.mark.parametrize("sql", CHANGES)
def test_it_refuses_every_change_in_replica_mode_too(event, sql):
    # The attack: session_replication_role = replica puts ordinary triggers to sleep. These are ENABLE ALWAYS.
    with pytest.raises(ProgrammingError, match="append-only"):
        attempt(f"SET LOCAL session_replication_role = replica; {sql}")


@pytest.mark.parametrize("act", [lambda rows: rows.update(reason="x"), lambda rows: rows.delete()])
def test_django_cannot_change_an_event_either(event, act):
    with pytest.raises(ProgrammingError, match="append-only"):
        act(Event.objects.filter(pk=event.pk))


@pytest.mark.parametrize("mode", ["origin", "replica"])
def test_an_event_cannot_be_dated_back(nurse, mode):
    # The attack: write today what should have been recorded last week. The database's clock is put over it.
    agent = uuid4()
    attempt(
        f"SET LOCAL session_replication_role = {mode};"
        "INSERT INTO ledger_event (event, outcome, purpose, agent_id, recorded)"
        "VALUES ('patient.read', 'success', 'TREAT', %s, now() - interval '7 days')",
        agent,
    )
    record("patient.read", agent=nurse)
    forged, honest = Event.objects.get(agent_id=agent), Event.objects.get(agent_id=nurse.person_id)
    assert abs((honest.recorded - forged.recorded).total_seconds()) < 60


def test_an_event_cannot_choose_its_number():
    with pytest.raises(DatabaseError, match="GENERATED ALWAYS"):
        attempt("INSERT INTO ledger_event (id, event, outcome, purpose) VALUES (7, 'a.b', 'success', 'TREAT')")


@pytest.mark.parametrize(
    "values",
    [
        "'a.b', 'done', 'TREAT', NULL, NULL",
        f"'a.b', 'success', 'TREAT', '{uuid4()}', ARRAY['{uuid4()}', '{uuid4()}']::uuid[]",
        f"'a.b', 'success', 'TREAT', NULL, ARRAY['{uuid4()}']::uuid[]",
    ],
)
def test_the_database_holds_the_shape_of_an_event(values):
    with pytest.raises(DatabaseError, match="check constraint"):
        attempt(f"INSERT INTO ledger_event (event, outcome, purpose, patient_id, patient_ids) VALUES ({values})")


def test_the_log_depends_on_no_other_table():
    # It outlives what it speaks of: a deleted person, patient or handover takes no event along.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' "
            "AND 'ledger_event'::regclass IN (conrelid, confrelid)"
        )
        assert cursor.fetchone() == (0,)


def test_all_its_triggers_are_always_on():
    # What the table's owner or a superuser can do, and no trigger prevents: switch these off. The signed tree that
    # follows is what finds it; this test only sees that nobody has done it here.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled FROM pg_trigger "
            "WHERE tgrelid = 'ledger_event'::regclass AND NOT tgisinternal ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("ledger_event_has_the_databases_time", "A"),
            ("ledger_event_is_append_only", "A"),
            ("ledger_event_is_never_emptied", "A"),
            ("ledger_event_waits_for_a_place", "A"),
        ]
