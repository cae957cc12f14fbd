"""A trigger for what no constraint can say: why the glass was broken is written once, and the case moves one way only.

Whom it opened, who did it, the reason and its due date never change; the end comes earlier and never later; a question,
an answer and a finding are written once. Deleting it is refused. A refusal has the code of a check constraint (23514).
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION patients_glass_is_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves CONSTANT text[] := ARRAY['ends', 'asked', 'asked_by_id', 'sealed_question', 'answered', 'sealed_answer',
        'reviewed', 'reviewed_by_id', 'finding', 'sealed_note'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - moves IS DISTINCT FROM to_jsonb(OLD) - moves THEN
        RAISE EXCEPTION 'emergency access is written once: % is refused', TG_OP USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ends > OLD.ends OR (OLD.asked IS NOT NULL AND (NEW.asked, NEW.asked_by_id, NEW.sealed_question)
            IS DISTINCT FROM (OLD.asked, OLD.asked_by_id, OLD.sealed_question))
        OR (OLD.answered IS NOT NULL AND (NEW.answered, NEW.sealed_answer)
            IS DISTINCT FROM (OLD.answered, OLD.sealed_answer))
        OR (OLD.reviewed IS NOT NULL AND (NEW.reviewed, NEW.reviewed_by_id, NEW.finding, NEW.sealed_note)
            IS DISTINCT FROM (OLD.reviewed, OLD.reviewed_by_id, OLD.finding, OLD.sealed_note)) THEN
        RAISE EXCEPTION 'a case of emergency access only moves on' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER patients_glass_is_evidence BEFORE UPDATE OR DELETE ON patients_breakglass
    FOR EACH ROW EXECUTE FUNCTION patients_glass_is_evidence();
"""
BACKWARD = """
DROP TRIGGER patients_glass_is_evidence ON patients_breakglass;
DROP FUNCTION patients_glass_is_evidence();
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_break_glass_and_budget")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
