"""Triggers for what no constraint says, and row-level security: a case moves one way only, and is the system's to see.

Whom a flag is about, when it was raised and its due date never change; a question, an answer and a finding are written
once; nothing is deleted. The reasons of a flag grow while it is open, and never after it was settled. A refusal has the
code of a check constraint (23514).

No row of these tables is any caregiver's: an officer's desk and the person's own answer read them as the system, each
behind its own check (audit/review/selectors.py). A query that forgot it finds nothing. docs/decisions/0047.
"""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION review_flag_is_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves CONSTANT text[] := ARRAY['score', 'asked', 'asked_by_id', 'sealed_question', 'answered', 'quick',
        'sealed_answer', 'settled', 'settled_by_id', 'finding', 'sealed_note'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - moves IS DISTINCT FROM to_jsonb(OLD) - moves THEN
        RAISE EXCEPTION 'a flag is written once: % is refused', TG_OP USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.asked IS NOT NULL AND (NEW.asked, NEW.asked_by_id, NEW.sealed_question)
            IS DISTINCT FROM (OLD.asked, OLD.asked_by_id, OLD.sealed_question))
        OR (OLD.answered IS NOT NULL AND (NEW.answered, NEW.quick, NEW.sealed_answer)
            IS DISTINCT FROM (OLD.answered, OLD.quick, OLD.sealed_answer))
        OR (OLD.settled IS NOT NULL AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'a flag only moves on' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_flag_is_evidence BEFORE UPDATE OR DELETE ON review_flag
    FOR EACH ROW EXECUTE FUNCTION review_flag_is_evidence();

CREATE FUNCTION review_reason_of_an_open_flag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (NEW.flag_id, NEW.rule, NEW.since_event)
            IS DISTINCT FROM (OLD.flag_id, OLD.rule, OLD.since_event))
        OR EXISTS (SELECT FROM review_flag f WHERE f.id = NEW.flag_id AND f.settled IS NOT NULL) THEN
        RAISE EXCEPTION 'the reasons of a flag stay as it was settled' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_reason_of_an_open_flag BEFORE INSERT OR UPDATE OR DELETE ON review_flagreason
    FOR EACH ROW EXECUTE FUNCTION review_reason_of_an_open_flag();

CREATE FUNCTION review_mark_is_ended_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended IS NOT NULL
        OR to_jsonb(NEW) - ARRAY['ended', 'ended_by_id'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['ended', 'ended_by_id'] THEN
        RAISE EXCEPTION 'a mark is made once and ended once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_mark_is_ended_once BEFORE UPDATE OR DELETE ON review_patientmark
    FOR EACH ROW EXECUTE FUNCTION review_mark_is_ended_once();
"""
NO_TRIGGERS = """
DROP TRIGGER review_flag_is_evidence ON review_flag;
DROP TRIGGER review_reason_of_an_open_flag ON review_flagreason;
DROP TRIGGER review_mark_is_ended_once ON review_patientmark;
DROP FUNCTION review_flag_is_evidence();
DROP FUNCTION review_reason_of_an_open_flag();
DROP FUNCTION review_mark_is_ended_once();
"""
TABLES = ("review_patientmark", "review_flag", "review_flagreason", "review_breach")


def holding(table):
    """What puts the policy on a table, and what takes it off again."""
    forward = f"""
        CREATE POLICY of_the_acting_person ON {table} USING (
            starts_with(current_setting('readback.acting', true), 'system:')
        );
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    """
    backward = f"""
        DROP POLICY of_the_acting_person ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
    """
    return forward, backward


class Migration(migrations.Migration):
    dependencies = [("review", "0001_flags"), ("patients", "0006_each_row_to_whom_it_may_concern")]
    operations = [
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        *(migrations.RunSQL(*holding(table)) for table in TABLES),
    ]
