"""Whoever accepted confirms the patient as they are now: a row bound to the acceptance and the vital signs they saw."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER transfers_written_once BEFORE UPDATE OR DELETE ON transfers_confirmation
    FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();

CREATE FUNCTION transfers_confirmation_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM transfers_acceptance a JOIN transfers_handover h ON h.current_id = a.version_id
        WHERE a.id = NEW.acceptance_id AND a.person_id = NEW.person_id AND h.status = 'accepted'
    ) THEN
        PERFORM transfers_refuse('who confirms has accepted the version that is current');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_confirmation_stands BEFORE INSERT ON transfers_confirmation
    FOR EACH ROW EXECUTE FUNCTION transfers_confirmation_stands();
"""
BACKWARD = """
DROP FUNCTION transfers_confirmation_stands CASCADE;
DROP TRIGGER transfers_written_once ON transfers_confirmation;
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transfers", "0005_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("summary_number", models.PositiveIntegerField()),
                ("confirmed", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "acceptance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="transfers.acceptance",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FORWARD, reverse_sql=BACKWARD),
    ]
