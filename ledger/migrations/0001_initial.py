"""The table of events, made by hand: append-only by trigger, without foreign keys, ready for keyset pages."""

import django.contrib.postgres.fields
from django.db import migrations, models

TABLE = """
CREATE TABLE ledger_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
    event text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('success', 'refused', 'failed')),
    reason text NOT NULL DEFAULT '',
    agent_id uuid,
    agent_role text NOT NULL DEFAULT '',
    session_id uuid,
    device text NOT NULL DEFAULT '',
    unit_id uuid,
    patient_id uuid,
    patient_ids uuid[],
    relationship_ids uuid[],
    entity_kind text NOT NULL DEFAULT '',
    entity_id uuid,
    entity_version text NOT NULL DEFAULT '',
    purpose text NOT NULL,
    request_id text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT ledger_event_of_one_or_of_a_list CHECK (patient_id IS NULL OR patient_ids IS NULL),
    CONSTRAINT ledger_event_of_200_patients CHECK (cardinality(patient_ids) BETWEEN 2 AND 200)
);
CREATE INDEX ledger_event_by_patient ON ledger_event (patient_id, recorded DESC, id DESC) WHERE patient_id IS NOT NULL;
-- A short pending list: it is searched row by row, and the default of 4 MB makes a page of one patient's events slow.
CREATE INDEX ledger_event_by_patients ON ledger_event USING gin (patient_ids) WITH (gin_pending_list_limit = 128)
    WHERE patient_ids IS NOT NULL;
CREATE INDEX ledger_event_by_agent ON ledger_event (agent_id, recorded DESC, id DESC) WHERE agent_id IS NOT NULL;
CREATE INDEX ledger_event_by_time ON ledger_event (recorded DESC, id DESC);
CREATE INDEX ledger_event_unusual ON ledger_event (recorded DESC, id DESC) WHERE outcome <> 'success';
"""

# ENABLE ALWAYS: an ordinary trigger sleeps under session_replication_role = replica, this one does not.
TRIGGERS = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_event is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_event_is_append_only BEFORE UPDATE OR DELETE ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_event_is_never_emptied BEFORE TRUNCATE ON ledger_event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE FUNCTION ledger_take_database_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.recorded := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_event_has_the_databases_time BEFORE INSERT ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_take_database_clock();
ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_is_append_only;
ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_is_never_emptied;
ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_has_the_databases_time;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        # No way back: a migration that drops the log does not exist.
        migrations.RunSQL(TABLE),
        migrations.RunSQL(TRIGGERS),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("recorded", models.DateTimeField()),
                ("event", models.TextField()),
                ("outcome", models.TextField()),
                ("reason", models.TextField()),
                ("agent_id", models.UUIDField(null=True)),
                ("agent_role", models.TextField()),
                ("session_id", models.UUIDField(null=True)),
                ("device", models.TextField()),
                ("unit_id", models.UUIDField(null=True)),
                ("patient_id", models.UUIDField(null=True)),
                (
                    "patient_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None),
                ),
                (
                    "relationship_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None),
                ),
                ("entity_kind", models.TextField()),
                ("entity_id", models.UUIDField(null=True)),
                ("entity_version", models.TextField()),
                ("purpose", models.TextField()),
                ("request_id", models.TextField()),
                ("detail", models.JSONField()),
            ],
            options={
                "db_table": "ledger_event",
                "managed": False,
            },
        ),
    ]
