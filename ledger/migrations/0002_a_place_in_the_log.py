"""Gives each event a place: what waits for one, the leaves, the tiles and the checkpoints of the signed tree."""

from django.db import migrations, models

TABLES = """
CREATE TABLE ledger_waiting (event_id bigint PRIMARY KEY)
    -- Rows come and go by the thousand: they are cleared away soon, so that the index stays as small as what waits.
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE TABLE ledger_leaf (
    place bigint PRIMARY KEY CHECK (place >= 0),
    event_id bigint NOT NULL UNIQUE,
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE TABLE ledger_tile (
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
    index bigint NOT NULL CHECK (index >= 0),
    content bytea NOT NULL CHECK (octet_length(content) = 8192),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    PRIMARY KEY (level, index)
);
CREATE TABLE ledger_checkpoint (
    size bigint PRIMARY KEY CHECK (size > 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note text NOT NULL,
    made timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Hashes do not compress.
ALTER TABLE ledger_tile ALTER COLUMN content SET STORAGE EXTERNAL;
"""

# As in 0001, all ENABLE ALWAYS.
TRIGGERS = """
CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

-- By its owner's right: whoever may put an event on the record may neither keep it from the log nor add what is none.
CREATE FUNCTION ledger_wait_for_a_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.ledger_waiting (event_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_event_waits_for_a_place AFTER INSERT ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_wait_for_a_place();

CREATE FUNCTION ledger_require_a_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gone WHERE NOT EXISTS (SELECT FROM ledger_leaf leaf WHERE leaf.event_id = gone.event_id)) THEN
        RAISE EXCEPTION 'an event waits until it has a place in the log' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_waiting_ends_with_a_place AFTER DELETE ON ledger_waiting
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_a_place();

CREATE FUNCTION ledger_require_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first bigint; last bigint; several bigint;
BEGIN
    SELECT min(place), max(place), count(*) INTO first, last, several FROM added;
    IF several > 0 AND (last - first + 1 <> several OR first <> (
        SELECT coalesce(max(place) + 1, 0) FROM ledger_leaf WHERE place < first
    )) THEN
        RAISE EXCEPTION 'places in the log have no gap' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_leaf_leaves_no_gap AFTER INSERT ON ledger_leaf
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_no_gap();

CREATE FUNCTION ledger_require_all_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size IS DISTINCT FROM (SELECT max(place) + 1 FROM ledger_leaf) THEN
        RAISE EXCEPTION 'a checkpoint covers the whole log' USING ERRCODE = 'check_violation';
    END IF;
    NEW.made := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_checkpoint_covers_the_log BEFORE INSERT ON ledger_checkpoint
    FOR EACH ROW EXECUTE FUNCTION ledger_require_all_places();

CREATE TRIGGER ledger_waiting_is_never_emptied BEFORE UPDATE OR TRUNCATE ON ledger_waiting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_leaf_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_tile_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_tile
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_checkpoint_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_waits_for_a_place;
ALTER TABLE ledger_waiting ENABLE ALWAYS TRIGGER ledger_waiting_ends_with_a_place;
ALTER TABLE ledger_waiting ENABLE ALWAYS TRIGGER ledger_waiting_is_never_emptied;
ALTER TABLE ledger_leaf ENABLE ALWAYS TRIGGER ledger_leaf_leaves_no_gap;
ALTER TABLE ledger_leaf ENABLE ALWAYS TRIGGER ledger_leaf_is_append_only;
ALTER TABLE ledger_tile ENABLE ALWAYS TRIGGER ledger_tile_is_append_only;
ALTER TABLE ledger_checkpoint ENABLE ALWAYS TRIGGER ledger_checkpoint_covers_the_log;
ALTER TABLE ledger_checkpoint ENABLE ALWAYS TRIGGER ledger_checkpoint_is_append_only;
"""

# Nothing is recorded between the two: a migration holds the table, and runs in one transaction.
WHAT_IS_THERE = "INSERT INTO ledger_waiting (event_id) SELECT id FROM ledger_event"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL("LOCK TABLE ledger_event IN SHARE ROW EXCLUSIVE MODE"),
        migrations.RunSQL(TABLES),
        migrations.RunSQL(TRIGGERS),
        migrations.RunSQL(WHAT_IS_THERE),
        migrations.CreateModel(
            name="Waiting",
            fields=[("event_id", models.BigIntegerField(primary_key=True, serialize=False))],
            options={"db_table": "ledger_waiting", "managed": False},
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("place", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.BigIntegerField(unique=True)),
                ("salt", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={"db_table": "ledger_leaf", "managed": False},
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("content", models.BinaryField()),
                ("root", models.BinaryField()),
            ],
            options={"db_table": "ledger_tile", "managed": False},
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("made", models.DateTimeField()),
            ],
            options={"db_table": "ledger_checkpoint", "managed": False},
        ),
    ]
