"""A decline is kept for good: its code, and how full the unit was then, in counts."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER transfers_written_once BEFORE UPDATE OR DELETE ON transfers_decline
    FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();
"""
BACKWARD = "DROP TRIGGER transfers_written_once ON transfers_decline"


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("accounts", "0001_initial"),
        ("transfers", "0007_not_dated_otherwise"),
    ]

    operations = [
        migrations.CreateModel(
            name="Decline",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=24)),
                ("capacity", models.JSONField(default=dict)),
                ("declined", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.unit"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declines",
                        to="transfers.handoverversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("code__in", ["no_bed", "no_staff", "higher_level_of_care", "another_unit", "other"])
                        ),
                        name="transfers_decline_code",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, reverse_sql=BACKWARD),
    ]
