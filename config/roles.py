"""The two roles of the database: the owner makes the tables, the server's role only uses them.

`manage.py migrate` and `flush` run as the owner (READBACK_OWNER_URL), everything else as a role that owns nothing and
holds what is granted here, after each migration, table by table. docs/decisions/0046.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg2 import sql

from config.embedded.postgres import SERVER

# What is granted is granted to this role: the server logs in as it, or as a member of it.
SERVER_ROLE = SERVER

# Every other table is read, added to and changed; nothing is deleted but from the last two kinds.
READ_ONLY = frozenset({"django_migrations", "django_content_type", "auth_permission"})
WRITTEN_ONCE = frozenset(
    {
        "ledger_event",
        "ledger_leaf",
        "ledger_tile",
        "ledger_checkpoint",
        "ledger_cosignature",
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
        "django_session",
        "waits_guess",
        "sso_attempt",
        "sso_identity",
        "sso_takenlogout",
        "scim_directoryentry",
    }
)
# Filled by the database itself when an event is put on the record: nobody may add to it, or keep an event out of it.
TAKEN_FROM = frozenset({"ledger_waiting"})
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
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


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
    """Gives the server's role what it needs on the tables as they are now, and takes what it does not. As the owner.

    Raises CommandError, with what the database's administrator has to run, where the role is missing and may not be
    made.
    """
    with connection.cursor() as cursor:
        _make_role(cursor)
        role = sql.Identifier(SERVER_ROLE)
        cursor.execute(_as_text(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role)))
        for table in connection.introspection.table_names(cursor):
            granted = {"table": sql.Identifier(table), "role": role, "rights": sql.SQL(rights_on(table))}
            cursor.execute(_as_text(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**granted)))
            cursor.execute(_as_text(sql.SQL("GRANT {rights} ON {table} TO {role}").format(**granted)))


def rights_on(table: str) -> str:
    """What the server's role may do with the table, in SQL's words."""
    if table in READ_ONLY:
        return "SELECT"
    if table in WRITTEN_ONCE:
        return "SELECT, INSERT"
    if table in TAKEN_FROM:
        return "SELECT, DELETE"
    is_deleted = table in ALSO_DELETED or table.startswith(OF_THE_PRESENT)
    return "SELECT, INSERT, UPDATE" + (", DELETE" if is_deleted else "")


def _make_role(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SERVER_ROLE])
    if cursor.fetchone() is not None:
        return
    cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    if not cursor.fetchone()[0]:
        raise CommandError(
            f"The tables are made, but the role {SERVER_ROLE}, which the server works as, is missing. Let the "
            f"database's administrator run: CREATE ROLE {SERVER_ROLE} LOGIN PASSWORD '...'; then migrate again."
        )
    cursor.execute(_as_text(sql.SQL("CREATE ROLE {}").format(sql.Identifier(SERVER_ROLE))))


def _as_text(composed: sql.Composed) -> str:
    return str(composed.as_string(connection.connection))


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


def what_the_server_could_too() -> list[str]:
    """What the role of this connection may do beyond its work, in words; empty when it is fit to serve."""
    with connection.cursor() as cursor:
        cursor.execute(_MORE_THAN_IT_NEEDS)
        is_privileged, may_create, owns = cursor.fetchone()
    words = {
        "it is a superuser or may make roles and databases, or step over row-level security": is_privileged,
        "it may make tables": may_create,
        "it owns tables, or may become who does": owns,
    }
    return [word for word, is_so in words.items() if is_so]
