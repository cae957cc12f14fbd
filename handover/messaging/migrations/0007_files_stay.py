"""A file and its chunks are written once, and are there with their message; one on its way is its sender's alone."""

from importlib import import_module

from django.db import migrations

_before = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern")
PARENTS = {
    "messaging_attachment": ("message_id", "messaging_message"),
    "messaging_attachmentchunk": ("attachment_id", "messaging_attachment"),
    "messaging_uploadchunk": ("upload_id", "messaging_upload"),
}
WRITTEN_ONCE = ("messaging_attachment", "messaging_attachmentchunk")
ONCE = "\n".join(
    f"CREATE TRIGGER messaging_written_once BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();"
    for table in WRITTEN_ONCE
)
AGAIN = "\n".join(f"DROP TRIGGER messaging_written_once ON {table};" for table in WRITTEN_ONCE)
OF_ITS_SENDER = "person_id::text = rtrim(current_setting('readback.acting', true), '+')"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_files"), ("messaging", "0003_each_row_to_whom_it_may_concern")]
    operations = [
        migrations.RunSQL(ONCE, AGAIN),
        migrations.RunSQL(*_before.holding("messaging_upload", OF_ITS_SENDER)),
        *(
            migrations.RunSQL(*_before.holding(table, _before.of_a_parent(table, column, parent)))
            for table, (column, parent) in PARENTS.items()
        ),
    ]
