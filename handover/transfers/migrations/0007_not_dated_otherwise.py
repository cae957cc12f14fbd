"""A confirmation is of the newest record, and the hour of an emergency is over by the database's clock too.

Before, a row written past the acts could confirm vital signs that nobody had entered yet, or depart under an emergency
that had ended by a departure that was dated back.
"""

from django.db import migrations

# The patient's row is locked, as whoever enters vital signs locks it: none come between the look and the commit.
CONFIRMATION = """
CREATE FUNCTION transfers_confirmation_is_of_now() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who uuid;
BEGIN
    SELECT h.patient_id INTO who FROM transfers_acceptance a
        JOIN transfers_handoverversion v ON v.id = a.version_id JOIN transfers_handover h ON h.id = v.handover_id
        WHERE a.id = NEW.acceptance_id;
    PERFORM FROM patients_patient WHERE id = who FOR NO KEY UPDATE;
    IF NEW.summary_number <> COALESCE((SELECT max(number) FROM patients_summaryversion WHERE patient_id = who), 0) THEN
        PERFORM transfers_refuse('what is confirmed is the newest version of the record');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_confirmation_is_of_now BEFORE INSERT ON transfers_confirmation
    FOR EACH ROW EXECUTE FUNCTION transfers_confirmation_is_of_now();
"""


def _emergency(moment: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION transfers_emergency_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'planned' AND NEW.status = 'departed' AND EXISTS (
        SELECT 1 FROM transfers_override o
        WHERE o.id = NEW.departed_under_id AND o.is_emergency AND o.approved IS NULL
          AND o.requested <= {moment} - interval '1 hour'
    ) THEN
        PERFORM transfers_refuse('an emergency override ends after an hour');
    END IF;
    RETURN NEW;
END $$;
"""  # noqa: S608 -- constants


class Migration(migrations.Migration):
    dependencies = [("transfers", "0006_confirmations"), ("patients", "0001_initial")]

    operations = [
        migrations.RunSQL(CONFIRMATION, reverse_sql="DROP FUNCTION transfers_confirmation_is_of_now CASCADE;"),
        migrations.RunSQL(
            _emergency("GREATEST(NEW.departed, now())"), reverse_sql=_emergency("COALESCE(NEW.departed, now())")
        ),
    ]
