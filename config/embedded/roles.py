"""The roles of the private PostgreSQL, as a hospital's administrator would make them (deploy/README.md).

What makes the cluster is a superuser. The tables are not its: they belong to a role that nobody signs in as.
"""

from contextlib import closing

import psycopg2
from psycopg2 import sql

# Who makes the cluster, and also the database's name.
ADMINISTRATOR = "readback"
# Who has the tables. It cannot sign in: whoever migrates takes it on (config/roles.py).
OWNER = "readback_owner"
# What the server works as: it may sign in, and owns nothing.
SERVER = "readback_app"
# What gives the log its order, and nothing else; and what only reads the log, to verify it.
SEQUENCER = "readback_sequencer"
READER = "readback_reader"
WHO_SIGNS_IN = (ADMINISTRATOR, SERVER, SEQUENCER, READER)

# Of a cluster that was made before there was such an owner: all that the administrator has in the product's schema.
_GIVE = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND relowner = %(from)s::regrole
    LOOP
        EXECUTE format('ALTER TABLE %%s OWNER TO %(to)s', one.name);
    END LOOP;
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner = %(from)s::regrole
    LOOP
        EXECUTE format('ALTER FUNCTION %%s OWNER TO %(to)s', one.name);
    END LOOP;
    FOR one IN SELECT polname AS name, polrelid::regclass AS of FROM pg_policy
        WHERE %(from)s::regrole::oid = ANY (polroles)
    LOOP
        EXECUTE format('ALTER POLICY %%I ON %%s TO %(to)s', one.name, one.of);
    END LOOP;
END $$
"""


def make_roles(administrators_url: str) -> None:
    """There are the roles of a cluster."""
    with closing(psycopg2.connect(administrators_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        there = {name for (name,) in cursor.fetchall()}
        for role in (OWNER, SERVER, SEQUENCER, READER):
            if role not in there:
                may = sql.SQL("NOLOGIN" if role == OWNER else "LOGIN")
                cursor.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), may))


def give_to_owner(administrators_url: str, database: str) -> None:
    """The database is the owner's, and so is what the administrator has made in it."""
    with closing(psycopg2.connect(administrators_url)) as connection, connection, connection.cursor() as cursor:
        owner = sql.Identifier(OWNER)
        cursor.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), owner))
        names = {"from": sql.Literal(ADMINISTRATOR).as_string(connection), "to": owner.as_string(connection)}
        cursor.execute(_GIVE % names)
