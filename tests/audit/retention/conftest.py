"""Two officers, a policy of the whole house, and ways to make years go by in the rows."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings

from audit.retention import erasures, policies
from audit.retention.models import Erasure, Policy
from tests.guards import unguarded

# Every column that says when something of a patient was, by the way from its table to the patient.
OF_PATIENT = "patient_id = %(patient)s"
OF_HANDOVER = "handover_id IN (SELECT id FROM transfers_handover WHERE patient_id = %(patient)s)"
TIMES = {
    "patients_patient": ("id = %(patient)s", "created"),
    "patients_encounter": (OF_PATIENT, "started ended"),
    "patients_summaryversion": (OF_PATIENT, "recorded"),
    "patients_carerelationship": (OF_PATIENT, "begins ends"),
    "transfers_transfer": (OF_PATIENT, "planned departed arrived closed expected_departure"),
    "transfers_handover": (OF_PATIENT, "created sent accepted declined"),
    "transfers_handoverversion": (OF_HANDOVER, "recorded"),
    "transfers_responsibility": (OF_PATIENT, "since until"),
    "transfers_openaction": (OF_PATIENT, "due done dropped"),
}


def years_ago(patient, years=9):
    """Everything of the patient is as it would be if it had been so many years earlier."""
    with unguarded(*TIMES) as cursor:
        for table, (condition, columns) in TIMES.items():
            moved = ", ".join(f"{name} = {name} - make_interval(years => %(years)s)" for name in columns.split())
            cursor.execute(f"UPDATE {table} SET {moved} WHERE {condition}", {"patient": patient.pk, "years": years})


def waited(erasure, days=36):
    """The erasure, and its timer, are as they would be so many days later."""
    told = {"erasure": erasure.pk, "days": days}
    with unguarded("retention_erasure") as cursor:
        columns = ("asked", "good_until", "approved", "due")
        moved = ", ".join(f"{name} = {name} - make_interval(days => %(days)s)" for name in columns)
        cursor.execute(f"UPDATE retention_erasure SET {moved} WHERE id = %(erasure)s", told)
        cursor.execute(
            "UPDATE live_timer SET due = due - make_interval(days => %(days)s) WHERE subject_id = %(erasure)s", told
        )
    erasure.refresh_from_db()
    return erasure


@pytest.fixture
def second_officer(make_person):
    return make_person("mirko@readback.example", "Mirko Nightingale", "compliance_officer")


@pytest.fixture
def house_keeps(actor, officer, second_officer):
    """house_keeps(years): what two officers decided for patients' records of the whole house."""

    def decide(years=8, *, unit=None, kind="patient_record"):
        told = {"kind": kind, "unit_id": unit.pk if unit else None, "years": str(years)}
        policies.ask(actor(officer), key=uuid4(), **told)
        row = Policy.objects.get(approved=None, dropped=None)
        policies.approve(actor(second_officer), key=uuid4(), row_id=row.pk)
        row.refresh_from_db()
        return row

    return decide


@pytest.fixture
def old(patient, house_keeps):
    """Odalys, of whom nothing was written for nine years, in a house that keeps records for eight."""
    house_keeps(8)
    years_ago(patient)
    return patient


@pytest.fixture
def propose(actor, officer):
    def ask(patient):
        erasures.propose(actor(officer), key=uuid4(), patient_id=patient.pk)
        return Erasure.objects.get(patient=patient, approved=None, dropped=None)

    return ask


@pytest.fixture
def approve(actor, second_officer):
    def decide(row):
        erasures.approve(actor(second_officer), key=uuid4(), row_id=row.pk)
        row.refresh_from_db()
        return row

    return decide


@pytest.fixture
def due_erasure(propose, approve):
    """due_erasure(patient): approved by two, and its waiting time is over; nothing has fired yet."""

    def wait(patient):
        row = approve(propose(patient))
        assert row.due - row.approved == settings.BACKUP_WINDOW == timedelta(days=35)
        return waited(row)

    return wait
