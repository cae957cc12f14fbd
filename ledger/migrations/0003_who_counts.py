"""Each event names the process that wrote it, and the number that this process gave it (ledger/counting.py)."""

from django.db import migrations, models

# No unique index: each insert would pay for it, and whoever has SQL as the server could take the next number of a
# process first, and stop its acts. A number that is there twice is found by `ledger verify`, which reads every event.
COLUMNS = """
ALTER TABLE ledger_event
    ADD COLUMN process_id uuid,
    ADD COLUMN process_n bigint,
    ADD CONSTRAINT ledger_event_is_counted_whole CHECK ((process_id IS NULL) = (process_n IS NULL)),
    -- Beyond it two readers of JSON may read two numbers.
    ADD CONSTRAINT ledger_event_is_counted_from_1 CHECK (process_n BETWEEN 1 AND 9007199254740991);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_a_place_in_the_log")]
    operations = [
        migrations.RunSQL(
            COLUMNS,
            state_operations=[
                migrations.AddField("event", "process_id", models.UUIDField(null=True)),
                migrations.AddField("event", "process_n", models.BigIntegerField(null=True)),
            ],
        ),
    ]
