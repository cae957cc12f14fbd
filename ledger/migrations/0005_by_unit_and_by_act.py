"""Two indexes more for the officer's desk: what was done in a unit, and every event of a name, newest first.

A rare act (a glass broken, an export) is one of a hundred thousand events: walked by time, a page of fifty of them would
look at millions. Measured in docs/performance.md, with what each index adds to an insert.
"""

from django.db import migrations

INDEXES = """
CREATE INDEX ledger_event_by_unit ON ledger_event (unit_id, recorded DESC, id DESC) WHERE unit_id IS NOT NULL;
CREATE INDEX ledger_event_by_act ON ledger_event (event, recorded DESC, id DESC);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_witnesses")]
    operations = [migrations.RunSQL(INDEXES, "DROP INDEX ledger_event_by_unit; DROP INDEX ledger_event_by_act")]
