"""Events by month: `ledger_event` is partitioned by the month of its time, in UTC. docs/decisions/0009.

The events that are there are copied once, as they are; so are no leaf, tile and checkpoint changed. A leaf and a row
that waits name the event's time besides its id, so that the month is known in which it lies.
"""

from django.db import migrations, models

EVENTS = """
LOCK TABLE ledger_event, ledger_leaf, ledger_waiting IN ACCESS EXCLUSIVE MODE;
ALTER TABLE ledger_event RENAME TO ledger_event_in_one;
ALTER SEQUENCE ledger_event_id_seq RENAME TO ledger_event_in_one_id_seq;
CREATE TABLE ledger_event (LIKE ledger_event_in_one INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY)
    PARTITION BY RANGE (recorded);
"""

# A month is made beside the record and then attached to it: whoever writes waits for nothing, unless the event is of no
# month that is there. A statement's trigger is not copied to a partition, a row's is, and stays ENABLE ALWAYS.
MONTHS = """
CREATE FUNCTION ledger_guard_month(month text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER ledger_event_is_never_emptied BEFORE TRUNCATE ON public.%I
        FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change()', month);
    EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER ledger_event_is_never_emptied', month);
END $$;

-- Whether the month that begins on this day is there afterwards.
CREATE FUNCTION ledger_make_month(begins date) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    month text := 'ledger_event_' || to_char(begins, 'YYYY_MM');
    starts timestamptz := begins::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (begins + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass('public.' || month) IS NOT NULL THEN
        RETURN true;
    END IF;
    -- What has begun where no month was stays there: nothing of the record is moved.
    IF EXISTS (SELECT FROM public.ledger_event_default WHERE recorded >= starts AND recorded < ends) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.ledger_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', month);
    PERFORM public.ledger_guard_month(month);
    EXECUTE format('ALTER TABLE public.ledger_event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        month, starts, ends);
    RETURN true;
EXCEPTION
    -- An event came in between; or somebody reads all of the record, for longer than anybody should wait for this.
    WHEN check_violation OR lock_not_available THEN
        RETURN false;
END $$;

-- By its owner's right: the server owns nothing, and what it may ask for is this and nothing else. How many of this
-- month and the next three are not there.
CREATE FUNCTION ledger_make_months() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog SET lock_timeout = '500ms' AS $$
DECLARE
    this timestamp := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
    missing integer := 0;
BEGIN
    -- One at a time: the second would only wait for the first.
    IF NOT pg_try_advisory_xact_lock(x'7EADBAC7'::bigint) THEN
        RETURN 0;
    END IF;
    FOR ahead IN 0..3 LOOP
        IF NOT public.ledger_make_month((this + make_interval(months => ahead))::date) THEN
            missing := missing + 1;
        END IF;
    END LOOP;
    RETURN missing;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_guard_month(text), ledger_make_month(date), ledger_make_months() FROM PUBLIC;

CREATE TABLE ledger_event_default PARTITION OF ledger_event DEFAULT;
SELECT ledger_guard_month('ledger_event_default');
SELECT ledger_make_month(month::date) FROM (SELECT min(recorded) AS first FROM ledger_event_in_one) AS kept,
    generate_series(date_trunc('month', first AT TIME ZONE 'UTC'), now() AT TIME ZONE 'UTC', '1 month') AS month;
SELECT ledger_make_months();
"""

COPIED = """
INSERT INTO ledger_event OVERRIDING SYSTEM VALUE SELECT * FROM ledger_event_in_one;
SELECT setval('ledger_event_id_seq', last_value, is_called) FROM ledger_event_in_one_id_seq;
DROP TABLE ledger_event_in_one;
ALTER TABLE ledger_event ADD PRIMARY KEY (id, recorded);
CREATE INDEX ledger_event_by_patient ON ledger_event (patient_id, recorded DESC, id DESC) WHERE patient_id IS NOT NULL;
-- A short pending list: 0001.
CREATE INDEX ledger_event_by_patients ON ledger_event USING gin (patient_ids) WITH (gin_pending_list_limit = 128)
    WHERE patient_ids IS NOT NULL;
CREATE INDEX ledger_event_by_agent ON ledger_event (agent_id, recorded DESC, id DESC) WHERE agent_id IS NOT NULL;
CREATE INDEX ledger_event_by_time ON ledger_event (recorded DESC, id DESC);
CREATE INDEX ledger_event_unusual ON ledger_event (recorded DESC, id DESC) WHERE outcome <> 'success';
CREATE INDEX ledger_event_by_unit ON ledger_event (unit_id, recorded DESC, id DESC) WHERE unit_id IS NOT NULL;
CREATE INDEX ledger_event_by_act ON ledger_event (event, recorded DESC, id DESC);
"""

ORDER = """
ALTER TABLE ledger_leaf ADD COLUMN recorded timestamptz;
ALTER TABLE ledger_leaf DISABLE TRIGGER ledger_leaf_is_append_only;
-- One whose event is gone stays without: `ledger verify` says so, as before.
UPDATE ledger_leaf SET recorded = coalesce((SELECT recorded FROM ledger_event WHERE id = event_id), 'epoch');
ALTER TABLE ledger_leaf ENABLE ALWAYS TRIGGER ledger_leaf_is_append_only;
ALTER TABLE ledger_leaf ALTER COLUMN recorded SET NOT NULL, DROP CONSTRAINT ledger_leaf_event_id_key,
    ADD CONSTRAINT ledger_leaf_of_one_event UNIQUE (event_id, recorded);

ALTER TABLE ledger_waiting ADD COLUMN recorded timestamptz;
ALTER TABLE ledger_waiting DISABLE TRIGGER ledger_waiting_is_never_emptied;
UPDATE ledger_waiting SET recorded = coalesce((SELECT recorded FROM ledger_event WHERE id = event_id), 'epoch');
ALTER TABLE ledger_waiting ENABLE ALWAYS TRIGGER ledger_waiting_is_never_emptied;
ALTER TABLE ledger_waiting DROP CONSTRAINT ledger_waiting_pkey, ADD PRIMARY KEY (event_id, recorded);
"""

TRIGGERS = """
-- No trigger may move a row to another month. The time that the table gives by itself is a moment old here, and may be
-- of the month before: it stays. Over one that was chosen the clock is put, or the row is refused.
CREATE OR REPLACE FUNCTION ledger_take_database_clock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    clock timestamptz := clock_timestamp();
BEGIN
    IF NEW.recorded <= clock AND NEW.recorded > clock - interval '1 minute' THEN
        RETURN NEW;
    END IF;
    NEW.recorded := clock;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION ledger_wait_for_a_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.ledger_waiting (event_id, recorded) VALUES (NEW.id, NEW.recorded);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION ledger_require_a_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone WHERE NOT EXISTS (
            SELECT FROM ledger_leaf leaf WHERE leaf.event_id = gone.event_id AND leaf.recorded = gone.recorded
        )
    ) THEN
        RAISE EXCEPTION 'an event waits until it has a place in the log' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_event_is_append_only BEFORE UPDATE OR DELETE ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_event_has_the_databases_time BEFORE INSERT ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_take_database_clock();
CREATE TRIGGER ledger_event_waits_for_a_place AFTER INSERT ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_wait_for_a_place();
SELECT ledger_guard_month('ledger_event');
ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_is_append_only;
ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_has_the_databases_time;
ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_waits_for_a_place;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_by_unit_and_by_act")]
    operations = [
        # No way back, as in 0001.
        migrations.RunSQL(EVENTS),
        migrations.RunSQL(MONTHS),
        migrations.RunSQL(COPIED),
        migrations.RunSQL(
            ORDER,
            state_operations=[
                migrations.AlterField("leaf", "event_id", models.BigIntegerField()),
                migrations.AddField("leaf", "recorded", models.DateTimeField()),
                migrations.AddField("waiting", "recorded", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(TRIGGERS),
    ]
