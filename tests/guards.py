"""What only a table's owner can do: change rows with the triggers off. For attacks, and to make time pass in rows."""

from contextlib import contextmanager

from django.db import connection

from config.roles import as_owner


@contextmanager
def unguarded(*tables):
    """A cursor of the owner's, with the triggers of these tables off: what the server's role cannot do."""
    with as_owner(), connection.cursor() as cursor:
        # What was inserted in this transaction is checked now: a table with checks to come is not altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


_OF_THE_LOG = """
SELECT tables.oid::regclass::text FROM pg_class AS tables
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
AND relname ~ '^ledger_(event|leaf|tile|checkpoint|waiting|cosignature)' ORDER BY relname
"""
_ALL_ON = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT triggers.tgrelid::regclass AS of, triggers.tgname FROM pg_trigger AS triggers
        WHERE NOT tgisinternal AND tgenabled <> 'A' AND tgrelid = ANY ('{%s}'::regclass[])
    LOOP
        EXECUTE format('ALTER TABLE %%s ENABLE ALWAYS TRIGGER %%I', one.of, one.tgname);
    END LOOP;
END $$
"""


def tables_of_the_log(cursor):
    """The log's tables that are guarded, every month of the record among them."""
    cursor.execute(_OF_THE_LOG)
    return [table for (table,) in cursor.fetchall()]


def guard_the_log(cursor):
    """Every guard of the log is on, as it was made. As the owner."""
    cursor.execute(_ALL_ON % ", ".join(tables_of_the_log(cursor)))
