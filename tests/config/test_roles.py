"""The server's role: what it may do is listed, what it may not is tried, and one that could do more does not serve."""

from io import StringIO
from uuid import uuid4

import psycopg2
import pytest
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection, transaction

from config import fitness, roles
from config.embedded.roles import READER, SEQUENCER
from config.roles import as_owner

pytestmark = pytest.mark.django_db


def rows(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def tables():
    return rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')")


def test_the_tests_work_as_the_server_does():
    assert rows("SELECT current_user") == [(roles.SERVER_ROLE,)]
    fitness.require_least_privilege()


def test_it_holds_on_each_table_what_is_listed_and_nothing_else():
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    for (table,) in tables():
        for role, rights_of in roles.RIGHTS.items():
            asked = "SELECT has_table_privilege(%s, %s, %s)"
            held = {kind for kind in kinds if rows(asked, role, table, kind) == [(True,)]}
            listed = rights_of(table).replace(f", INSERT ({roles.WRITTEN_OF_AN_EVENT})", "")
            assert held == set(filter(None, listed.split(", "))), (role, table)


def test_of_an_event_it_writes_all_but_the_id_and_the_time():
    columns = rows("SELECT attname FROM pg_attribute WHERE attrelid = 'ledger_event'::regclass AND attnum > 0")
    asked = "SELECT has_column_privilege('ledger_event', %s, 'INSERT')"
    held = {column for (column,) in columns if rows(asked, column) == [(True,)]}
    assert held == set(roles.WRITTEN_OF_AN_EVENT.split(", "))
    assert {column for (column,) in columns} - held == {"id", "recorded"}
    for role in (SEQUENCER, READER):
        assert rows("SELECT has_any_column_privilege(%s, 'ledger_event', 'INSERT, UPDATE')", role) == [(False,)]


def test_the_lists_name_tables_that_there_are():
    listed = roles.READ_ONLY | roles.WRITTEN_ONCE | roles.ALSO_DELETED | roles.ORDERED | {roles.WAITING, roles.EVENTS}
    assert {table for (table,) in tables()} >= listed


# The attacks of whoever got SQL through to the server's connection, and wants to be rid of triggers, constraints or
# policies, or of what stands on the record. None of them needs a trigger to fail: the grant is missing.
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET agent_id = NULL",
        "DELETE FROM ledger_event",
        "TRUNCATE ledger_event",
        "UPDATE ledger_leaf SET salt = hash",
        "DELETE FROM ledger_tile",
        "DELETE FROM ledger_checkpoint",
        "INSERT INTO ledger_leaf VALUES (0, 1, sha256('a'), sha256('b'))",
        "INSERT INTO ledger_tile VALUES (0, 7, decode(repeat('ab', 8192), 'hex'), sha256('b'))",
        "INSERT INTO ledger_checkpoint VALUES (7, sha256('a'), 'note')",
        "DELETE FROM ledger_waiting",
        # An id of one's choice, or a time: by all the ways that a statement has.
        "INSERT INTO ledger_event (id, event, outcome, purpose) VALUES (7, 'a.b', 'success', 'TREAT')",
        "INSERT INTO ledger_event (id, event, outcome, purpose) OVERRIDING SYSTEM VALUE "
        "VALUES (7, 'a.b', 'success', 'TREAT')",
        "INSERT INTO ledger_event (recorded, event, outcome, purpose) "
        "VALUES (now() - interval '1 year', 'a.b', 'success', 'TREAT')",
        "INSERT INTO ledger_event (event, outcome, purpose) VALUES ('a.b', 'success', 'TREAT') "
        "ON CONFLICT (id, recorded) DO UPDATE SET outcome = 'failed'",
        "INSERT INTO ledger_event SELECT * FROM ledger_event",
        "COPY ledger_event (id, recorded, event, outcome, purpose) FROM STDIN",
        "COPY ledger_event FROM STDIN",
        "SELECT setval(pg_get_serial_sequence('ledger_event', 'id'), 1)",
        "SELECT nextval(pg_get_serial_sequence('ledger_event', 'id'))",
        "SET ROLE readback_owner",
        "SET ROLE readback_sequencer",
        "INSERT INTO ledger_waiting VALUES (7)",
        "UPDATE ledger_waiting SET event_id = 7",
        "ALTER TABLE ledger_event DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_event_is_append_only ON ledger_event",
        "ALTER TABLE patients_patient DISABLE ROW LEVEL SECURITY",
        "DELETE FROM patients_patient",
        "UPDATE transfers_handoverversion SET digest = ''",
        "DELETE FROM vault_datakey",
        "DELETE FROM live_inboxitem",
        "DELETE FROM django_migrations",
        "DROP TABLE patients_patient",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "ALTER ROLE readback_app BYPASSRLS",
        "COPY ledger_event TO PROGRAM 'cat'",
        # A month by itself, past the whole: its grants would be its own.
        "SELECT * FROM {month}",
        "SELECT * FROM ledger_event_default",
        "INSERT INTO {month} (event, outcome, purpose) VALUES ('a.b', 'success', 'TREAT')",
        "INSERT INTO ledger_event_default (id, event, outcome, purpose) VALUES (7, 'a.b', 'success', 'TREAT')",
        "UPDATE {month} SET agent_id = NULL",
        "DELETE FROM {month}",
        "TRUNCATE {month}",
        "TRUNCATE ledger_event_default",
        "COPY {month} FROM STDIN",
        "ALTER TABLE ledger_event DETACH PARTITION {month}",
        "ALTER TABLE ledger_event ATTACH PARTITION patients_patient DEFAULT",
        "CREATE TABLE mine PARTITION OF ledger_event FOR VALUES FROM ('2001-01-01') TO ('2002-01-01')",
        "ALTER TABLE {month} DISABLE TRIGGER ALL",
        "DROP TABLE {month}",
        "DROP TABLE ledger_event_default",
        # It may ask for the months to come, and for no other.
        "SELECT ledger_make_month('2001-01-01')",
        "SELECT ledger_guard_month('patients_patient')",
        "ALTER FUNCTION ledger_make_months() RESET ALL",
    ],
)
def test_it_may_not(statement):
    require_refusal(roles.SERVER_ROLE, statement)


# Whoever gets at the connection that orders the log can end it, or sign nothing more with it: not write what is on it.
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_event (event, outcome, purpose) VALUES ('a.b', 'success', 'TREAT')",
        "UPDATE ledger_event SET agent_id = NULL",
        "DELETE FROM ledger_event",
        "UPDATE ledger_leaf SET salt = hash",
        "DELETE FROM ledger_checkpoint",
        "INSERT INTO ledger_waiting VALUES (7)",
        "SELECT * FROM accounts_person",
        "SELECT * FROM patients_patient",
        "SELECT * FROM vault_datakey",
        "SELECT * FROM django_session",
        "ALTER TABLE ledger_event DISABLE TRIGGER ALL",
        "SELECT * FROM {month}",
        "TRUNCATE {month}",
        "ALTER TABLE ledger_event DETACH PARTITION {month}",
        "SELECT ledger_make_months()",
        "CREATE TABLE mine (id int)",
        "SET ROLE readback_app",
    ],
)
def test_the_sequencers_role_may_not(statement):
    require_refusal(SEQUENCER, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_event (event, outcome, purpose) VALUES ('a.b', 'success', 'TREAT')",
        "INSERT INTO ledger_checkpoint VALUES (7, sha256('a'), 'note')",
        "DELETE FROM ledger_waiting",
        "UPDATE ledger_leaf SET salt = hash",
        "SELECT * FROM {month}",
        "SELECT ledger_make_months()",
        "SELECT * FROM accounts_person",
        "SELECT * FROM patients_patient",
        "SET ROLE readback_sequencer",
    ],
)
def test_the_readers_role_may_not(statement):
    require_refusal(READER, statement)


def require_refusal(role, statement):
    """The statement, by whoever has logged in as the role: SET ROLE is judged by the login."""
    if "{month}" in statement:
        statement = statement.replace("{month}", this_month())
    words = "permission denied|must be owner|must have|must be superuser|GENERATED ALWAYS"
    refused = pytest.raises((ProgrammingError, psycopg2.ProgrammingError), match=words)
    with as_owner(), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
        if statement.startswith("COPY") and statement.endswith("STDIN"):
            cursor.copy_expert(statement, StringIO())
        else:
            cursor.execute(statement)


def this_month():
    """The part of the record that this month's events lie in."""
    return rows("SELECT 'ledger_event_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')")[0][0]


def test_every_month_is_its_owners_alone():
    # One that is made later has no grant, since none is given by default; one that somebody gave is taken back here.
    months = {table for (table,) in tables() if table.startswith(roles.MONTHS)}
    assert {this_month(), "ledger_event_default"} < months
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON {this_month()} TO {roles.SERVER_ROLE}, {READER}")
        roles.grant_to_server()
    granted = "SELECT count(*) FROM information_schema.role_table_grants WHERE table_name = %s AND grantee = ANY (%s)"
    for month in months:
        assert rows(granted, month, list(roles.RIGHTS)) == [(0,)]


def test_the_owner_is_refused_as_the_servers_role(as_owner):
    with pytest.raises(CommandError, match="may do too much") as refusal:
        fitness.require_least_privilege()
    assert all(words in str(refusal.value) for words in ("superuser", "owns tables", "READBACK_OWNER_URL"))


def test_whoever_may_become_the_owner_is_refused_too(as_owner):
    # A member that does not inherit has no right of the owner's until it says SET ROLE: one word of an injected text.
    member, owner = f"member_{uuid4().hex[:8]}", f"owner_{uuid4().hex[:8]}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {owner}; CREATE ROLE {member} NOINHERIT IN ROLE {owner}")
        cursor.execute(f"CREATE TABLE owned (id int); ALTER TABLE owned OWNER TO {owner}; SET LOCAL ROLE {member}")
        assert roles.what_the_server_could_too() == ["it owns tables, or may become who does"]
