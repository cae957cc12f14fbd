"""The same policies, asked in the way that is cheap for the statement: one row by one row, or the whole set once.

An act, and a page about one patient, touch a few rows: for each the patient's own relationships are looked up. A list
touches hundreds: all of the acting person's patients are found once for the statement (0006). Which of the two stands in
`readback.acting` behind the person, as a "+" for one (live/acting.py); either way the same rows are there.
docs/decisions/0047.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION patients_of_the_acting_person() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    acting text := rtrim(current_setting('readback.acting', true), '+');
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
CREATE FUNCTION patients_is_of_the_acting_person(which uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    acting text := rtrim(current_setting('readback.acting', true), '+');
    in_role text;
BEGIN
    IF acting IS NULL OR acting = '' OR starts_with(acting, 'system:') THEN
        RETURN false;
    END IF;
    SELECT p.role INTO in_role FROM accounts_person p WHERE p.id = acting::uuid;
    RETURN EXISTS (
        SELECT 1 FROM patients_relationships_since(acting::uuid, in_role, transaction_timestamp()) r
        WHERE r.patient_id = which
    );
END $$;
"""
BACKWARD = "DROP FUNCTION patients_is_of_the_acting_person(uuid);"

OF_A_PATIENT = {
    "patients_patient": "id",
    "patients_encounter": "patient_id",
    "patients_summaryversion": "patient_id",
    "patients_carerelationship": "patient_id",
    "patients_breakglass": "patient_id",
    "patients_opening": "patient_id",
}


def one_or_many(table: str, column: str) -> tuple[str, str]:
    """What changes the policy of a table whose `column` is the patient, and what changes it back."""
    system, many = "starts_with(current_setting('readback.acting', true), 'system:')", "patients_of_the_acting_person()"
    before = f"{system} OR {column} IN (SELECT {many})"
    now = f"""{system} OR CASE WHEN right(current_setting('readback.acting', true), 1) = '+'
        THEN patients_is_of_the_acting_person({column}) ELSE {column} IN (SELECT {many}) END"""
    alter = f"ALTER POLICY of_the_acting_person ON {table} USING"
    return f"{alter} ({now});", f"{alter} ({before});"


class Migration(migrations.Migration):
    dependencies = [("patients", "0008_card_missed")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *(migrations.RunSQL(*one_or_many(table, column)) for table, column in OF_A_PATIENT.items()),
    ]
