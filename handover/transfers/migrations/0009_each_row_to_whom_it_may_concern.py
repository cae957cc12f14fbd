"""Row-level security, forced, on all that there is of handovers and moves: as of the patient (patients 0004).

A row without a patient's id belongs to a row that has one, and is there for whoever that is there for: the policy of a
parent holds in the policy of its child.
"""

from django.db import migrations

OF_A_PATIENT = ("transfers_transfer", "transfers_handover", "transfers_responsibility", "transfers_openaction")
OF_A_PARENT = {
    "transfers_handoverversion": ("handover_id", "transfers_handover"),
    "transfers_question": ("handover_id", "transfers_handover"),
    "transfers_callrequest": ("handover_id", "transfers_handover"),
    "transfers_reminder": ("handover_id", "transfers_handover"),
    "transfers_synthesis": ("version_id", "transfers_handoverversion"),
    "transfers_acceptance": ("version_id", "transfers_handoverversion"),
    "transfers_decline": ("version_id", "transfers_handoverversion"),
    "transfers_confirmation": ("acceptance_id", "transfers_acceptance"),
    "transfers_checklistitem": ("transfer_id", "transfers_transfer"),
    "transfers_override": ("transfer_id", "transfers_transfer"),
}


def holding(table: str, condition: str) -> tuple[str, str]:
    """What puts the policy on a table, and what takes it off again."""
    forward = f"""
        CREATE POLICY of_the_acting_person ON {table} USING (
            starts_with(current_setting('readback.acting', true), 'system:') OR {condition}
        );
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    """
    backward = f"""
        DROP POLICY of_the_acting_person ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
    """
    return forward, backward


def of_a_parent(table: str, column: str, parent: str) -> str:
    """The condition that the row's parent is there."""
    return f"EXISTS (SELECT FROM {parent} parent WHERE parent.id = {table}.{column})"  # noqa: S608 -- names


_POLICIES = dict.fromkeys(OF_A_PATIENT, "patient_id IN (SELECT patients_of_the_acting_person())") | {
    table: of_a_parent(table, column, parent) for table, (column, parent) in OF_A_PARENT.items()
}


class Migration(migrations.Migration):
    dependencies = [("transfers", "0008_declines"), ("patients", "0006_each_row_to_whom_it_may_concern")]
    operations = [migrations.RunSQL(*holding(table, condition)) for table, condition in _POLICIES.items()]
