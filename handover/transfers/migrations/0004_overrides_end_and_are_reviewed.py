"""A review has a verdict, and an emergency override ends after an hour: the patient who leaves later needs a new one."""

from django.db import migrations, models
from django.db.models import Q

ONCE = ("second_person_id", "approved", "reviewed_by_id", "reviewed")
REVIEW = ("verdict", "sealed_review_note")


def _set_once(*columns: str) -> str:
    return (
        "DROP TRIGGER transfers_set_once ON transfers_override; "
        "CREATE TRIGGER transfers_set_once BEFORE UPDATE ON transfers_override "
        f"FOR EACH ROW EXECUTE FUNCTION transfers_set_once({', '.join(repr(column) for column in columns)});"
    )


EMERGENCY = """
CREATE FUNCTION transfers_emergency_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'planned' AND NEW.status = 'departed' AND EXISTS (
        SELECT 1 FROM transfers_override o
        WHERE o.id = NEW.departed_under_id AND o.is_emergency AND o.approved IS NULL
          AND o.requested <= COALESCE(NEW.departed, now()) - interval '1 hour'
    ) THEN
        PERFORM transfers_refuse('an emergency override ends after an hour');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_emergency_stands BEFORE UPDATE ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_emergency_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("transfers", "0003_accepted_where_the_patient_goes")]

    operations = [
        migrations.AddField(
            model_name="override",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("justified", "Justified"),
                    ("to_discuss", "To be talked about"),
                    ("not_justified", "Not justified"),
                ],
                max_length=16,
                null=True,
            ),
        ),
        migrations.AddField(model_name="override", name="sealed_review_note", field=models.BinaryField(null=True)),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=Q(reviewed__isnull=True, reviewed_by__isnull=True, verdict__isnull=True)
                | Q(reviewed__isnull=False, reviewed_by__isnull=False, verdict__isnull=False),
                name="transfers_a_review_is_whole",
            ),
        ),
        migrations.RunSQL(
            _set_once(*ONCE, *REVIEW) + EMERGENCY,
            reverse_sql="DROP FUNCTION transfers_emergency_stands CASCADE;" + _set_once(*ONCE),
        ),
    ]
