"""Timers: rows with a due time, claimed by whichever process finds them due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=64)),
                ("subject_id", models.UUIDField()),
                ("due", models.DateTimeField(db_index=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("fence", models.BigIntegerField(db_default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "subject_id"), name="live_one_timer_per_subject")
                ]
            },
        ),
    ]
