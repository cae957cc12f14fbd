"""The server's role: what it may do is listed, what it may not is tried, and one that could do more does not serve."""

from uuid import uuid4

import pytest
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection, transaction

from config import fitness, roles

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
        held = {kind for kind in kinds if rows("SELECT has_table_privilege(%s, %s)", table, kind) == [(True,)]}
        assert held == set(roles.rights_on(table).split(", ")), table


def test_the_lists_name_tables_that_there_are():
    listed = roles.READ_ONLY | roles.WRITTEN_ONCE | roles.ALSO_DELETED | roles.TAKEN_FROM
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
    ],
)
def test_it_may_not(statement):
    refused = pytest.raises(ProgrammingError, match="permission denied|must be owner|must have|must be superuser")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


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
