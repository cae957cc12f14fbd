"""The roles of the database: the owner makes the tables, the server's role only uses them; and the log has two more.

`manage.py migrate` and `flush` run as the owner (READBACK_OWNER_URL), everything else as a role that owns nothing and
holds what is granted here, after each migration, table by table. The log is ordered by a role of its own, which the
server's cannot become, and verified by one that only reads it. docs/decisions/0046, 0007.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper
from psycopg2 import sql

from config.embedded.roles import READER, SEQUENCER, SERVER

# What is granted is granted to this role: the server logs in as it, or as a member of it.
SERVER_ROLE = SERVER

# Every other table is read, added to and changed; nothing is deleted but from the last two kinds.
READ_ONLY = frozenset({"django_migrations", "django_content_type", "auth_permission"})
WRITTEN_ONCE = frozenset(
    {
        "duty_rotationplace",
        "ledger_cosignature",
        "paging_notpaged",
        "paging_ownersview",
        "paging_pageanswer",
        "paging_pageask",
        "paging_pagestep",
        "quiet_emergencyshare",
        "quiet_interruption",
        "scripts_scriptuse",
        "scripts_scriptversion",
        "disclosures_disclosure",
        "disclosures_suspension",
        "messaging_acknowledgement",
        "messaging_attachment",
        "messaging_attachmentchunk",
        "messaging_message",
        "messaging_messagetask",
        "messaging_photo",
        "messaging_photochunk",
        "messaging_recipient",
        "messaging_revision",
        "patients_summaryversion",
        "transfers_handoverversion",
        "transfers_acceptance",
        "transfers_confirmation",
        "transfers_decline",
        "transfers_reminder",
        "transfers_callrequest",
    }
)
ALSO_DELETED = frozenset(
    {
        "live_timer",
        # What was on its way into a message: once it is there, or nobody has sent it for an hour.
        "messaging_upload",
        "messaging_uploadchunk",
        "push_ring",
        "reach_gatewayevent",
        # The canary's alone: a trigger keeps every person's.
        "reach_delivery",
        "django_session",
        "waits_guess",
        "sso_attempt",
        "sso_identity",
        "sso_takenlogout",
        "scim_directoryentry",
    }
)
# The log's order. The server reads it and may not even add to it: that is the sequencer's, on its own connection.
ORDERED = frozenset({"ledger_leaf", "ledger_tile", "ledger_checkpoint"})
# Filled by the database itself with each event: nobody may add to it, and the sequencer alone takes from it.
WAITING = "ledger_waiting"
EVENTS = "ledger_event"
# Its months. Who may read and add to the record does it through the whole: nobody has a right on a month itself.
MONTHS = "ledger_event_"
# Of an event the server writes these. Its id and its time are the database's.
WRITTEN_OF_AN_EVENT = (
    "event, outcome, reason, agent_id, agent_role, session_id, device, unit_id, patient_id, patient_ids, "
    "relationship_ids, entity_kind, entity_id, entity_version, purpose, request_id, detail, process_id, process_n"
)
# What runs by its owner's right, and who may ask for it.
FUNCTIONS = {"ledger_make_months()": SERVER}
# Who belongs where and how they sign in is as it is now: what it was, the log says.
OF_THE_PRESENT = ("accounts_", "factors_", "django_otp_webauthn_")


@contextmanager
def as_owner() -> Iterator[None]:
    """The connection of this thread is the owner's while the block runs. Not inside a transaction."""
    if settings.DATABASE_OWNER is None:
        yield from _as_session_user()
        return
    connection.close()
    kept = {name: connection.settings_dict[name] for name in settings.DATABASE_OWNER}
    connection.settings_dict.update(settings.DATABASE_OWNER)
    try:
        _take_on_owner()
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


def _take_on_owner() -> None:
    """Becomes the database's owner, where that is a role that cannot sign in and this login may become it."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNER_WITHOUT_LOGIN)
        found = cursor.fetchone()
        if found:
            cursor.execute(_as_text(sql.SQL("SET ROLE {}").format(sql.Identifier(found[0]))))


def _as_session_user() -> Iterator[None]:
    """Whoever has logged in, where a role was taken on afterwards, as the tests do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        (role,) = cursor.fetchone()
        cursor.execute("SET ROLE NONE")
    try:
        yield
    finally:
        # A transaction that has failed takes its SET back by itself.
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', %s, false)", [role])


def grant_to_server() -> None:
    """Gives each role what it needs on the tables as they are now, and takes what it does not. As the owner.

    Raises CommandError, with what the database's administrator has to run, where a role is missing and may not be made.
    """
    with connection.cursor() as cursor:
        # With the months of the log, which Django does not count among the tables.
        tables = [table.name for table in connection.introspection.get_table_list(cursor) if table.type in {"t", "p"}]
        for name, rights_of in RIGHTS.items():
            _make_role(cursor, name)
            role = sql.Identifier(name)
            statements = [sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role)]
            for table in tables:
                granted = {"table": sql.Identifier(table), "role": role, "rights": sql.SQL(rights_of(table))}
                statements.append(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**granted))
                if rights_of(table):
                    statements.append(sql.SQL("GRANT {rights} ON {table} TO {role}").format(**granted))
            cursor.execute(_as_text(sql.SQL("; ").join(statements)))
        for function, name in FUNCTIONS.items():
            cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [function])
            if cursor.fetchone() == (True,):
                granted = {"function": sql.SQL(function), "role": sql.Identifier(name)}
                cursor.execute(_as_text(sql.SQL("GRANT EXECUTE ON FUNCTION {function} TO {role}").format(**granted)))


def rights_on(table: str) -> str:
    """What the server's role may do with the table, in SQL's words."""
    if table.startswith(MONTHS):
        return ""
    if table in READ_ONLY | ORDERED | {WAITING}:
        return "SELECT"
    if table == EVENTS:
        return f"SELECT, INSERT ({WRITTEN_OF_AN_EVENT})"
    if table in WRITTEN_ONCE:
        return "SELECT, INSERT"
    is_deleted = table in ALSO_DELETED or table.startswith(OF_THE_PRESENT)
    return "SELECT, INSERT, UPDATE" + (", DELETE" if is_deleted else "")


def sequencers_rights_on(table: str) -> str:
    """The same for the role that orders the log; empty for all else."""
    if table in ORDERED:
        return "SELECT, INSERT"
    return {WAITING: "SELECT, DELETE", EVENTS: "SELECT"}.get(table, "")


def readers_rights_on(table: str) -> str:
    """The same for the role that verifies the log."""
    return "SELECT" if table.startswith("ledger_") and not table.startswith(MONTHS) else ""


RIGHTS = {SERVER: rights_on, SEQUENCER: sequencers_rights_on, READER: readers_rights_on}


def _make_role(cursor: CursorWrapper, role: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is not None:
        return
    cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    if not cursor.fetchone()[0]:
        raise CommandError(
            f"The tables are made, but the role {role}, which the server works as or by, is missing. Let the "
            f"database's administrator run: CREATE ROLE {role} LOGIN PASSWORD '...'; then migrate again."
        )
    cursor.execute(_as_text(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role))))


def _as_text(composed: sql.Composed) -> str:
    return str(composed.as_string(connection.connection))


_OWNER_WITHOUT_LOGIN = """
SELECT r.rolname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
WHERE d.datname = current_database() AND NOT r.rolcanlogin AND pg_has_role(current_user, r.oid, 'MEMBER')
"""
# Everything by which a role could step over what the tables' owner has laid down.
_MORE_THAN_IT_NEEDS = """
SELECT
    r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication,
    has_schema_privilege(current_user, 'public', 'CREATE'),
    EXISTS (
        SELECT FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(current_user, c.relowner, 'MEMBER')
    )
FROM pg_roles r WHERE r.rolname = current_user
"""


def what_the_server_could_too(alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What the role of this connection may do beyond its work, in words; empty when it is fit to serve."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_MORE_THAN_IT_NEEDS)
        is_privileged, may_create, owns = cursor.fetchone()
    words = {
        "it is a superuser or may make roles and databases, or step over row-level security": is_privileged,
        "it may make tables": may_create,
        "it owns tables, or may become who does": owns,
    }
    return [word for word, is_so in words.items() if is_so]
