"""Row-level security, forced: of a patient there are rows for whoever may see the patient, and for nobody else.

The second wall behind handover/patients/access.py, by the same rule (migration 0003): for whom a statement is sent
stands in `readback.acting`, of its transaction only (live/acting.py); `system:reason` is what the server does of itself.
With neither there is no row. docs/decisions/0047.

The set of the acting person's patients is found once for each statement, not once for each row. The function runs as
its owner, for the relationships have a policy themselves, which would ask the function again. FORCE holds the owner to
the policies too; to look up the rule the owner may read the relationships, and nothing else.

A relationship that ends in a transaction counts in the policies until that transaction's end: an act that shuts a door
behind itself still writes what follows, and no UPDATE after it silently finds nothing. To the microsecond decides the
first wall.
"""

from django.db import migrations

FORWARD = """
-- As it was (migration 0003), with the moment after which a relationship must still be there: one text for both walls.
CREATE FUNCTION patients_relationships_since(who uuid, in_role text, moment timestamptz)
RETURNS SETOF patients_carerelationship LANGUAGE sql STABLE AS $$
    SELECT r.* FROM patients_carerelationship r
    WHERE r.begins <= statement_timestamp() AND (r.ends IS NULL OR r.ends > moment)
    -- The person as they are now, not as their session remembers them; and clinicians only, whatever rows there are.
    AND EXISTS (
        SELECT 1 FROM accounts_person p
        WHERE p.id = who AND p.is_active AND p.role = in_role AND p.role IN ('nurse', 'physician')
    )
    AND (
        r.person_id = who
        OR (
            r.role IN ('', in_role)
            -- An array, so that the index by unit is used beside the one by person.
            AND r.unit_id = ANY (ARRAY(
                SELECT m.unit_id FROM accounts_membership m WHERE m.person_id = who
                UNION ALL
                SELECT d.unit_id FROM accounts_duty d
                WHERE d.person_id = who AND d.starts <= statement_timestamp()
                AND (d.ends IS NULL OR d.ends > statement_timestamp())
            ))
        )
    )
$$;
CREATE OR REPLACE FUNCTION patients_relationships_of(who uuid, in_role text) RETURNS SETOF patients_carerelationship
LANGUAGE sql STABLE AS $$
    SELECT * FROM patients_relationships_since(who, in_role, statement_timestamp())
$$;
CREATE FUNCTION patients_of_the_acting_person() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    acting text := current_setting('readback.acting', true);
    in_role text;
BEGIN
    IF acting IS NULL OR acting = '' OR starts_with(acting, 'system:') THEN
        RETURN;
    END IF;
    -- First, and not by a join: their units are then looked up once, and not once for each relationship.
    SELECT p.role INTO in_role FROM accounts_person p WHERE p.id = acting::uuid;
    RETURN QUERY
    SELECT r.patient_id FROM patients_relationships_since(acting::uuid, in_role, transaction_timestamp()) r;
END $$;
CREATE POLICY patients_may_be_looked_up ON patients_carerelationship FOR SELECT TO CURRENT_USER USING (true);
"""
BACKWARD = """
DROP POLICY patients_may_be_looked_up ON patients_carerelationship;
DROP FUNCTION patients_of_the_acting_person();
"""

OF_A_PATIENT = {
    "patients_patient": "id",
    "patients_encounter": "patient_id",
    "patients_summaryversion": "patient_id",
    "patients_carerelationship": "patient_id",
    "patients_breakglass": "patient_id",
    "patients_opening": "patient_id",
}


def holding(table: str, column: str) -> tuple[str, str]:
    """What puts the policy on a table whose `column` is the patient, and what takes it off again."""
    forward = f"""
        CREATE POLICY of_the_acting_person ON {table} USING (
            starts_with(current_setting('readback.acting', true), 'system:')
            OR {column} IN (SELECT patients_of_the_acting_person())
        );
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    """
    backward = f"""
        DROP POLICY of_the_acting_person ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
    """
    return forward, backward


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_glass_is_evidence")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *(migrations.RunSQL(*holding(table, column)) for table, column in OF_A_PATIENT.items()),
    ]
