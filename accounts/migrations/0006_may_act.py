"""Somebody who was disabled acts no more, not even in a request that had begun: each key of an act asks this."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION live_may_act(person_id uuid) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT NOT EXISTS (SELECT FROM accounts_person p WHERE p.id = $1 AND NOT p.is_active)';
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION live_may_act(person_id uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_opened_by"), ("live", "0003_may_act")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
