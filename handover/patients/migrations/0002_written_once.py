"""Triggers for what no constraint can say: a summary's version is written once, and a relationship can only end.

Both are evidence: what was known when a handover was accepted, and why somebody might see a patient. Content is erased
by destroying the patient's data key, never by deleting rows. A refusal has the code of a check constraint (23514).
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION patients_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION patients_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'ends' IS DISTINCT FROM to_jsonb(OLD) - 'ends' THEN
        RAISE EXCEPTION 'a care relationship can only end' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.ends < statement_timestamp() THEN
        RAISE EXCEPTION 'a care relationship that has ended stays so' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER patients_written_once BEFORE UPDATE OR DELETE ON patients_summaryversion
    FOR EACH ROW EXECUTE FUNCTION patients_never_changes();
CREATE TRIGGER patients_only_ends BEFORE UPDATE OR DELETE ON patients_carerelationship
    FOR EACH ROW EXECUTE FUNCTION patients_only_ends();
"""

BACKWARD = """
DROP TRIGGER patients_written_once ON patients_summaryversion;
DROP TRIGGER patients_only_ends ON patients_carerelationship;
DROP FUNCTION patients_never_changes();
DROP FUNCTION patients_only_ends();
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
