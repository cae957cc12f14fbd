"""What no constraint can say of a page, and who is there for whom.

A page is owned once, its words and whom they are about never change, and no step fires behind an owner: whatever wrote
the row. Row-level security, forced, as of the patient (patients 0009); a row without a patient's id is there for whoever
its page is there for.
"""

from importlib import import_module

from django.db import migrations

holding = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern").holding
of_a_parent = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern").of_a_parent
one_or_many = import_module("handover.patients.migrations.0009_one_or_many").one_or_many

WRITTEN_ONCE = ("paging_pagestep", "paging_pageask", "paging_pageanswer", "paging_notpaged")
FORWARD = """
CREATE FUNCTION paging_a_page_stays_itself() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.patient_id, NEW.unit_id, NEW.role_id, NEW.to_person_id, NEW.level, NEW.sealed, NEW.steps, NEW.sent_by_id,
        NEW.sent, NEW.cause, NEW.cause_id)
       IS DISTINCT FROM
       (OLD.patient_id, OLD.unit_id, OLD.role_id, OLD.to_person_id, OLD.level, OLD.sealed, OLD.steps, OLD.sent_by_id,
        OLD.sent, OLD.cause, OLD.cause_id) THEN
        PERFORM transfers_refuse('what a page says cannot be changed');
    END IF;
    IF OLD.owned IS NOT NULL AND (NEW.owned_by_id, NEW.owned) IS DISTINCT FROM (OLD.owned_by_id, OLD.owned) THEN
        PERFORM transfers_refuse('a page is owned once');
    END IF;
    IF OLD.state IN ('done', 'withdrawn') AND NEW.state <> OLD.state
       OR OLD.state = 'owned' AND NEW.state NOT IN ('owned', 'done') THEN
        PERFORM transfers_refuse('a page that has ended does not begin again');
    END IF;
    IF NEW.step < OLD.step THEN
        PERFORM transfers_refuse('a page climbs up');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER paging_stays_itself BEFORE UPDATE ON paging_page
    FOR EACH ROW EXECUTE FUNCTION paging_a_page_stays_itself();
CREATE TRIGGER paging_stays BEFORE DELETE ON paging_page FOR EACH ROW EXECUTE FUNCTION transfers_never_goes();

CREATE FUNCTION paging_no_step_behind_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands text;
BEGIN
    SELECT state INTO stands FROM paging_page WHERE id = NEW.page_id;
    IF stands IN ('owned', 'done', 'withdrawn') THEN
        PERFORM transfers_refuse('no step fires behind an owner');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER paging_no_step_behind_an_owner BEFORE INSERT ON paging_pagestep
    FOR EACH ROW EXECUTE FUNCTION paging_no_step_behind_an_owner();
"""
BACKWARD = """
DROP TRIGGER paging_stays_itself ON paging_page;
DROP TRIGGER paging_stays ON paging_page;
DROP TRIGGER paging_no_step_behind_an_owner ON paging_pagestep;
DROP FUNCTION paging_a_page_stays_itself();
DROP FUNCTION paging_no_step_behind_an_owner();
"""

OF_A_PATIENT = ("paging_page", "paging_notpaged")
OF_A_PARENT = {
    "paging_pagestep": ("page_id", "paging_page"),
    "paging_pageanswer": ("page_id", "paging_page"),
    "paging_pageask": ("step_id", "paging_pagestep"),
}
_POLICIES = dict.fromkeys(OF_A_PATIENT, "patient_id IN (SELECT patients_of_the_acting_person())") | {
    table: of_a_parent(table, column, parent) for table, (column, parent) in OF_A_PARENT.items()
}


class Migration(migrations.Migration):
    dependencies = [
        ("paging", "0001_initial"),
        ("patients", "0011_paged"),
        ("transfers", "0009_each_row_to_whom_it_may_concern"),
    ]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER paging_written_once BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();",
                f"DROP TRIGGER paging_written_once ON {table};",
            )
            for table in WRITTEN_ONCE
        ),
        *(migrations.RunSQL(*holding(table, condition)) for table, condition in _POLICIES.items()),
        *(migrations.RunSQL(*one_or_many(table, "patient_id")) for table in OF_A_PATIENT),
    ]
