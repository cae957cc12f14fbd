"""Row-level security, forced: a patient's thread is there for whoever may see the patient, any other for its members.

Of a patient by the function of every table of a patient (patients 0006, 0009). Membership is looked up by a function
that runs as its owner, for the members have a policy themselves. What is of a thread is there with the thread.
docs/decisions/0047, 0085.
"""

from importlib import import_module

from django.db import migrations

holding = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern").holding
of_a_parent = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern").of_a_parent

FORWARD = """
CREATE FUNCTION messaging_threads_of_the_acting_person() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    acting text := rtrim(current_setting('readback.acting', true), '+');
BEGIN
    IF acting IS NULL OR acting = '' OR starts_with(acting, 'system:') THEN
        RETURN;
    END IF;
    -- A membership that ends in a transaction counts until its end: an act that shuts a door writes on (patients 0006).
    RETURN QUERY
    SELECT m.thread_id FROM messaging_threadmember m JOIN accounts_person p ON p.id = m.person_id AND p.is_active
    WHERE m.person_id = acting::uuid AND (m.until IS NULL OR m.until >= transaction_timestamp());
END $$;
CREATE FUNCTION messaging_is_of_the_acting_person(which uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    acting text := rtrim(current_setting('readback.acting', true), '+');
BEGIN
    IF acting IS NULL OR acting = '' OR starts_with(acting, 'system:') THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        SELECT FROM messaging_threadmember m JOIN accounts_person p ON p.id = m.person_id AND p.is_active
        WHERE m.thread_id = which AND m.person_id = acting::uuid
            AND (m.until IS NULL OR m.until >= transaction_timestamp())
    );
END $$;
CREATE POLICY messaging_may_be_looked_up ON messaging_threadmember FOR SELECT TO CURRENT_USER USING (true);
"""
BACKWARD = """
DROP POLICY messaging_may_be_looked_up ON messaging_threadmember;
DROP FUNCTION messaging_threads_of_the_acting_person();
DROP FUNCTION messaging_is_of_the_acting_person(uuid);
"""
_IS_ONE = "right(current_setting('readback.acting', true), 1) = '+'"
OF_A_THREAD = f"""CASE
    WHEN patient_id IS NULL THEN CASE WHEN {_IS_ONE} THEN messaging_is_of_the_acting_person(id)
        ELSE id IN (SELECT messaging_threads_of_the_acting_person()) END
    WHEN {_IS_ONE} THEN patients_is_of_the_acting_person(patient_id)
    ELSE patient_id IN (SELECT patients_of_the_acting_person()) END"""
OF_A_PARENT = {
    "messaging_threadmember": ("thread_id", "messaging_thread"),
    "messaging_message": ("thread_id", "messaging_thread"),
    "messaging_revision": ("message_id", "messaging_message"),
    "messaging_recipient": ("message_id", "messaging_message"),
    "messaging_acknowledgement": ("message_id", "messaging_message"),
    "messaging_messagetask": ("message_id", "messaging_message"),
}
_POLICIES = {"messaging_thread": OF_A_THREAD} | {
    table: of_a_parent(table, column, parent) for table, (column, parent) in OF_A_PARENT.items()
}


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_what_must_never_be"),
        ("patients", "0009_one_or_many"),
        ("transfers", "0009_each_row_to_whom_it_may_concern"),
    ]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *(migrations.RunSQL(*holding(table, condition)) for table, condition in _POLICIES.items()),
    ]
