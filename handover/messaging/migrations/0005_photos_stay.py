"""A photo and its chunks are written once, and are there with their message."""

from importlib import import_module

from django.db import migrations

_before = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern")
PARENTS = {
    "messaging_photo": ("message_id", "messaging_message"),
    "messaging_photochunk": ("photo_id", "messaging_photo"),
}
ONCE = "\n".join(
    f"CREATE TRIGGER messaging_written_once BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();"
    for table in PARENTS
)
AGAIN = "\n".join(f"DROP TRIGGER messaging_written_once ON {table};" for table in PARENTS)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_photos"), ("messaging", "0003_each_row_to_whom_it_may_concern")]
    operations = [
        migrations.RunSQL(ONCE, AGAIN),
        *(
            migrations.RunSQL(*_before.holding(table, _before.of_a_parent(table, column, parent)))
            for table, (column, parent) in PARENTS.items()
        ),
    ]
