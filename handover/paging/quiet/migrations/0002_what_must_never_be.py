"""Quiet hours last half a day at the longest, counted across midnight; and what alerted whom is written once."""

from django.db import migrations

FORWARD = """
ALTER TABLE quiet_quiethours ADD CONSTRAINT quiet_half_a_day_at_the_longest CHECK (
    starts IS NULL
    OR CASE WHEN ends > starts THEN ends - starts ELSE ends - starts + interval '24 hours' END <= interval '12 hours'
);
CREATE TRIGGER quiet_written_once BEFORE UPDATE OR DELETE ON quiet_interruption
    FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();
"""
BACKWARD = """
DROP TRIGGER quiet_written_once ON quiet_interruption;
ALTER TABLE quiet_quiethours DROP CONSTRAINT quiet_half_a_day_at_the_longest;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("quiet", "0001_initial"),
        ("transfers", "0009_each_row_to_whom_it_may_concern"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
