"""Whether a person may act at all, asked with every key of an act. Who they are, accounts/migrations/0006 says."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION live_may_act(person_id uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
"""


class Migration(migrations.Migration):
    dependencies = [("live", "0002_timers")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION live_may_act(uuid);")]
