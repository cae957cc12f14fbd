"""A reminder is a row: who reminded, of which version, when. It is what the next one has to wait for."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transfers", "0004_overrides_end_and_are_reviewed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reminded", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "reminded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reminders", to="transfers.handover"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            "CREATE TRIGGER transfers_written_once BEFORE UPDATE OR DELETE ON transfers_reminder"
            " FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();",
            reverse_sql="DROP TRIGGER transfers_written_once ON transfers_reminder;",
        ),
    ]
