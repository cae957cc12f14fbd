"""The rule of who may see which patient, as a function of the database: one text for every reader of it.

handover/patients/access.py asks it for a person; a policy of row-level security can ask it too. It is plain SQL without
SECURITY DEFINER or STRICT, so that the planner opens it up and uses the indexes of the tables behind it.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION patients_relationships_of(who uuid, in_role text) RETURNS SETOF patients_carerelationship
LANGUAGE sql STABLE AS $$
    SELECT r.* FROM patients_carerelationship r
    WHERE r.begins <= statement_timestamp() AND (r.ends IS NULL OR r.ends > statement_timestamp())
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
"""
BACKWARD = "DROP FUNCTION patients_relationships_of(uuid, text);"


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_written_once"), ("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
