"""Versions and uses are written once, a judgement stays with its use, and words that do not count are never used."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER scripts_written_once BEFORE UPDATE OR DELETE ON scripts_scriptversion
    FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();
CREATE TRIGGER scripts_written_once BEFORE UPDATE OR DELETE ON scripts_scriptuse
    FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();

-- The row of the script is shared by whoever uses it and held by whoever changes it: what is looked up behind that
-- lock is as it stands, also where this insert has waited.
CREATE FUNCTION scripts_only_what_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    used scripts_scriptversion;
BEGIN
    SELECT * INTO used FROM scripts_scriptversion WHERE id = NEW.version_id;
    PERFORM 1 FROM scripts_script WHERE id = used.script_id FOR SHARE;
    IF NEW.at >= used.valid_until OR clock_timestamp() >= used.valid_until
        OR EXISTS (SELECT FROM scripts_script WHERE id = used.script_id AND withdrawn IS NOT NULL)
        OR EXISTS (SELECT FROM scripts_scriptversion WHERE script_id = used.script_id AND number > used.number)
    THEN
        RAISE EXCEPTION 'scripts: words that are over, replaced or withdrawn are not used' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scripts_only_what_counts BEFORE INSERT ON scripts_scriptuse
    FOR EACH ROW EXECUTE FUNCTION scripts_only_what_counts();
"""
BACKWARD = """
DROP TRIGGER scripts_only_what_counts ON scripts_scriptuse;
DROP FUNCTION scripts_only_what_counts();
DROP TRIGGER scripts_written_once ON scripts_scriptuse;
DROP TRIGGER scripts_written_once ON scripts_scriptversion;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scripts", "0001_initial"),
        ("transfers", "0009_each_row_to_whom_it_may_concern"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
