"""What no constraint can say: rows only go on, a hold keeps the keys, and a key goes only by an erasure that is due.

The last wall before a patient's key, in the database: whoever sends statements as the server, without one line of our
code, destroys no key of a patient while a hold stands, and none without an approved erasure whose waiting time is over.
A refusal has the code of a check constraint (23514). docs/retention.md says what this does not stop.
"""

from django.db import migrations

# Seven days are the least that anybody can be given to stop it, whatever the server is set to.
FORWARD = """
-- Its arguments are the columns that may be set, once, from NULL; a row begins without any of them, and stays.
CREATE FUNCTION retention_only_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := '{}';
    after jsonb;
    name text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% stays: DELETE is refused', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    after := to_jsonb(NEW);
    IF TG_OP = 'UPDATE' THEN
        before := to_jsonb(OLD);
    END IF;
    FOR name IN SELECT jsonb_object_keys(after) LOOP
        IF name = ANY (TG_ARGV) THEN
            IF TG_OP = 'INSERT' AND after ->> name IS NOT NULL
                OR before ->> name IS NOT NULL AND after -> name IS DISTINCT FROM before -> name
            THEN
                RAISE EXCEPTION '%.% is set once, by an act of its own', TG_TABLE_NAME, name
                    USING ERRCODE = 'check_violation';
            END IF;
        ELSIF TG_OP = 'UPDATE' AND after -> name IS DISTINCT FROM before -> name THEN
            RAISE EXCEPTION '%.% is written once', TG_TABLE_NAME, name USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER retention_only_goes_on BEFORE INSERT OR UPDATE OR DELETE ON retention_policy FOR EACH ROW
    EXECUTE FUNCTION retention_only_goes_on('approved_by_id', 'approved', 'dropped', 'ended');
CREATE TRIGGER retention_only_goes_on BEFORE INSERT OR UPDATE OR DELETE ON retention_lifting FOR EACH ROW
    EXECUTE FUNCTION retention_only_goes_on('approved_by_id', 'approved', 'dropped');
CREATE TRIGGER retention_only_goes_on BEFORE INSERT OR UPDATE OR DELETE ON retention_legalhold FOR EACH ROW
    EXECUTE FUNCTION retention_only_goes_on('lifted');
CREATE TRIGGER retention_only_goes_on BEFORE INSERT OR UPDATE OR DELETE ON retention_erasure FOR EACH ROW
    EXECUTE FUNCTION retention_only_goes_on('approved_by_id', 'approved', 'dropped', 'due', 'stopped', 'stopped_by_id',
        'stopped_why', 'erased', 'keys');

CREATE FUNCTION retention_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The database's own clock: an approval that is dated back would have waited already.
    NEW.approved := statement_timestamp();
    IF NEW.due < NEW.approved + interval '7 days' THEN
        RAISE EXCEPTION 'an erasure waits for seven days at least' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retention_waits BEFORE UPDATE ON retention_erasure FOR EACH ROW
    WHEN (OLD.approved IS NULL AND NEW.approved IS NOT NULL) EXECUTE FUNCTION retention_waits();

-- It acts as the system while it looks: an empty readback.acting would hide the hold from its own guard. Not by a SET of
-- the function, which an owner who is no superuser may not give it.
CREATE FUNCTION retention_lifted_by_two() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    acted text := coalesce(current_setting('readback.acting', true), '');
BEGIN
    PERFORM set_config('readback.acting', 'system:retention', true);
    IF NOT EXISTS (SELECT FROM retention_lifting l WHERE l.hold_id = NEW.id AND l.approved IS NOT NULL) THEN
        RAISE EXCEPTION 'a legal hold is lifted by two' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('readback.acting', acted, true);
    RETURN NEW;
END $$;
CREATE TRIGGER retention_lifted_by_two BEFORE UPDATE ON retention_legalhold FOR EACH ROW
    WHEN (NEW.lifted IS NOT NULL) EXECUTE FUNCTION retention_lifted_by_two();

-- The rows of the keys are what a hold and an erasure of the same moment wait for: one of them sees the other.
CREATE FUNCTION retention_hold_finds_the_keys() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM vault_datakey k WHERE k.scope_kind = 'patient' AND k.scope_id = NEW.patient_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM vault_datakey k
        WHERE k.scope_kind = 'patient' AND k.scope_id = NEW.patient_id AND k.state = 'destroyed'
    ) THEN
        RAISE EXCEPTION 'nothing is left that a hold could keep' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retention_hold_finds_the_keys BEFORE INSERT ON retention_legalhold FOR EACH ROW
    EXECUTE FUNCTION retention_hold_finds_the_keys();

CREATE FUNCTION retention_guards_keys() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    acted text := coalesce(current_setting('readback.acting', true), '');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.scope_kind, NEW.scope_id, NEW.version)
            IS DISTINCT FROM (OLD.id, OLD.scope_kind, OLD.scope_id, OLD.version)
        THEN
            RAISE EXCEPTION 'a key stays the key of its patient' USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state <> 'destroyed' AND NEW.state <> 'destroyed' AND NEW.wrapped <> '' THEN
            RETURN NEW;  -- counted, turned or wrapped anew
        END IF;
        IF OLD.state = 'destroyed' THEN
            RAISE EXCEPTION 'what is destroyed stays so' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    -- What follows destroys a key.
    PERFORM set_config('readback.acting', 'system:retention', true);
    IF EXISTS (SELECT FROM retention_legalhold h WHERE h.patient_id = OLD.scope_id AND h.lifted IS NULL) THEN
        RAISE EXCEPTION 'a legal hold stands: nothing of this patient is erased' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM patients_patient p WHERE p.id = OLD.scope_id) AND NOT EXISTS (
        SELECT FROM retention_erasure e
        WHERE e.patient_id = OLD.scope_id AND e.approved IS NOT NULL AND e.due <= statement_timestamp()
            AND e.stopped IS NULL AND e.erased IS NULL
    ) THEN
        RAISE EXCEPTION 'a patient''s key is destroyed by an erasure that two approved and whose time has come'
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('readback.acting', acted, true);
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER retention_guards_keys BEFORE UPDATE OR DELETE ON vault_datakey FOR EACH ROW
    WHEN (OLD.scope_kind = 'patient') EXECUTE FUNCTION retention_guards_keys();

-- Of nobody's patients: what a court keeps, and what is to be erased, is the desk's alone (docs/decisions/0047).
CREATE POLICY of_the_acting_person ON retention_legalhold
    USING (starts_with(current_setting('readback.acting', true), 'system:'));
ALTER TABLE retention_legalhold ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_the_acting_person ON retention_erasure
    USING (starts_with(current_setting('readback.acting', true), 'system:'));
ALTER TABLE retention_erasure ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
"""
BACKWARD = """
DROP TRIGGER retention_guards_keys ON vault_datakey;
DROP FUNCTION retention_guards_keys();
DROP POLICY of_the_acting_person ON retention_legalhold;
ALTER TABLE retention_legalhold NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
DROP POLICY of_the_acting_person ON retention_erasure;
ALTER TABLE retention_erasure NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
DROP TRIGGER retention_only_goes_on ON retention_policy;
DROP TRIGGER retention_only_goes_on ON retention_lifting;
DROP TRIGGER retention_only_goes_on ON retention_legalhold;
DROP TRIGGER retention_only_goes_on ON retention_erasure;
DROP TRIGGER retention_waits ON retention_erasure;
DROP TRIGGER retention_lifted_by_two ON retention_legalhold;
DROP TRIGGER retention_hold_finds_the_keys ON retention_legalhold;
DROP FUNCTION retention_only_goes_on();
DROP FUNCTION retention_waits();
DROP FUNCTION retention_lifted_by_two();
DROP FUNCTION retention_hold_finds_the_keys();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0001_initial"),
        ("vault", "0001_initial"),
        ("patients", "0009_one_or_many"),
        ("transfers", "0010_one_or_many"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
