"""A disclosure and a suspension are written once, and are of nobody's patients: the desk's alone, as the system.

The server's role has no grant to change or delete them (config/roles.py); the trigger stops whoever has. A refusal has
the code of a check constraint (23514). docs/decisions/0047.
"""

from django.db import migrations

TABLES = ("disclosures_disclosure", "disclosures_suspension")
FUNCTION = """
CREATE FUNCTION disclosures_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'check_violation';
END $$;
"""


def guarding(table):
    """What puts trigger and policy on a table, and what takes them off again."""
    forward = f"""
        CREATE TRIGGER disclosures_written_once BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION disclosures_written_once();
        CREATE POLICY of_the_acting_person ON {table} USING (
            starts_with(current_setting('readback.acting', true), 'system:')
        );
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    """
    backward = f"""
        DROP TRIGGER disclosures_written_once ON {table};
        DROP POLICY of_the_acting_person ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
    """
    return forward, backward


class Migration(migrations.Migration):
    dependencies = [("disclosures", "0001_initial"), ("patients", "0006_each_row_to_whom_it_may_concern")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION disclosures_written_once()"),
        *(migrations.RunSQL(*guarding(table)) for table in TABLES),
    ]
