"""An acceptance opens the gate to the unit that it was given for, and is given by somebody who works there.

The unit is kept with the acceptance, because a duty that ends afterwards takes nothing back. Acceptances without one
(no move was planned yet, or they are older than this) count for a unit where the same person has worked since.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
-- A member of the unit now, or on duty there at any time from the one moment to the other.
CREATE FUNCTION transfers_worked_in(who uuid, place uuid, since timestamptz, till timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM accounts_membership m WHERE m.person_id = who AND m.unit_id = place)
        OR EXISTS (
            SELECT 1 FROM accounts_duty d
            WHERE d.person_id = who AND d.unit_id = place AND d.starts <= till AND (d.ends IS NULL OR d.ends > since)
        )
$$;

-- Fires after transfers_acceptance_stands, which holds the handover's row: no other move slips in beside it.
CREATE FUNCTION transfers_acceptance_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place uuid;
BEGIN
    SELECT t.to_unit_id INTO place FROM transfers_handoverversion v JOIN transfers_handover h ON h.id = v.handover_id
        LEFT JOIN transfers_transfer t ON t.id = h.transfer_id WHERE v.id = NEW.version_id;
    IF NEW.unit_id IS DISTINCT FROM place THEN
        PERFORM transfers_refuse('an acceptance is for the unit the patient goes to');
    END IF;
    IF place IS NOT NULL AND NOT transfers_worked_in(NEW.person_id, place, NEW.accepted, NEW.accepted) THEN
        PERFORM transfers_refuse('who accepts works where the patient goes');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_acceptance_there BEFORE INSERT ON transfers_acceptance
    FOR EACH ROW EXECUTE FUNCTION transfers_acceptance_there();

CREATE FUNCTION transfers_departure_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    a transfers_acceptance;
BEGIN
    IF OLD.status <> 'planned' OR NEW.status <> 'departed' THEN
        RETURN NEW;
    END IF;
    IF NEW.to_unit_id <> OLD.to_unit_id THEN
        PERFORM transfers_refuse('a patient leaves for where the move was planned');
    END IF;
    SELECT x.* INTO a FROM transfers_handover h JOIN transfers_acceptance x ON x.version_id = h.current_id
        WHERE h.transfer_id = NEW.id;
    IF NEW.departed_under_id IS NULL AND a.id IS NOT NULL AND a.unit_id IS DISTINCT FROM NEW.to_unit_id
       AND NOT transfers_worked_in(a.person_id, NEW.to_unit_id, a.accepted, COALESCE(NEW.departed, now())) THEN
        PERFORM transfers_refuse('the gate is locked: who accepted does not work where the patient goes');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_departure_there BEFORE UPDATE ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_departure_there();
"""

BACKWARD = """
DROP FUNCTION transfers_acceptance_there, transfers_departure_there CASCADE;
DROP FUNCTION transfers_worked_in(uuid, uuid, timestamptz, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("transfers", "0002_what_must_never_be"), ("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="acceptance",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.unit"
            ),
        ),
        migrations.RunSQL(FORWARD, reverse_sql=BACKWARD),
    ]
