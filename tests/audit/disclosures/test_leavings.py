"""Everything that leaves the product today writes its own disclosure down: what, on what basis, and to whom."""

from uuid import uuid4

import pytest

from audit.acts import KINDS, Kind
from audit.disclosures.models import Disclosure
from audit.disclosures.selectors import accounting, accounting_to_give
from audit.evidence.exporting import REASONS
from audit.evidence.leaving import BASES
from ledger import sequencer
from ledger.models import Event

pytestmark = pytest.mark.django_db

COURT = {"reason": "court", "recipient": "District Court\u202e of Port Meadow", "address": "1 Court Street"}


def disclosed(patient):
    """What the log has of this patient's: (what, basis, recipient), oldest first."""
    events = Event.objects.filter(event="disclosure.made", outcome="success").order_by("id")
    mine = [one for one in events if patient.pk in (one.patient_ids or [one.patient_id])]
    return [(one.detail["what"], one.detail["basis"], one.detail["recipient"]) for one in mine]


@pytest.fixture
def handover(sent_handover):
    sequencer.sequence()
    return sent_handover


def take_evidence(desk, handover, **told):
    return desk.post(f"/audit/transfers/{handover.transfer_id}/evidence/", told)


def test_a_pack_for_a_court_is_in_the_patients_accounting_with_name_and_address(desk, actor, officer, handover):
    assert take_evidence(desk, handover, content="included", **COURT).status_code == 200
    assert disclosed(handover.patient) == [("evidence", "court", "named")]
    (line,) = accounting(actor(officer), handover.patient_id).lines
    assert (line.words.recipient, line.words.address) == ("District Court of Port Meadow", "1 Court Street")
    assert "with your name" in line.words.what


@pytest.mark.parametrize("reason", ["partner", "authority", "police", "court"])
def test_nothing_leaves_to_somebody_who_is_not_named(desk, handover, reason):
    refused = take_evidence(desk, handover, reason=reason, address="1 Court Street")
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Say to whom it goes" in page
    assert 'value="1 Court Street"' in page
    assert f'value="{reason}" selected' in page
    assert disclosed(handover.patient) == []
    assert not Event.objects.filter(
        event="evidence.exported", patient_id=handover.patient_id, outcome="success"
    ).exists()


@pytest.mark.parametrize(
    ("reason", "basis", "recipient"),
    [("", "operations", "house"), ("review", "operations", "house"), ("patient", "individual", "patient")],
)
def test_for_the_house_or_the_patient_no_name_is_asked_and_nothing_is_accounted_for(
    desk, actor, officer, handover, reason, basis, recipient
):
    assert take_evidence(desk, handover, reason=reason).status_code == 200
    assert disclosed(handover.patient) == [("evidence", basis, recipient)]
    assert accounting_to_give(actor(officer), handover.patient_id).lines == []


def test_an_event_of_nobody_in_particular_is_no_disclosure(desk, officer, did):
    did(officer, "audit.integrity_read")
    event = Event.objects.filter(agent_id=officer.pk, event="audit.integrity_read").latest("id")
    sequencer.sequence()
    assert desk.post(f"/audit/events/{event.pk}/evidence/", {"reason": "court"}).status_code == 200
    assert not Event.objects.filter(event="disclosure.made", agent_id=officer.pk).exists()


def test_a_pack_of_an_erased_patient_is_accounted_for_without_words(desk, actor, officer, handover, without_key):
    without_key(handover.patient)
    assert take_evidence(desk, handover, **COURT).status_code == 200
    (line,) = accounting(actor(officer), handover.patient_id).lines
    assert (line.words, line.basis) == (None, "court")
    assert Disclosure.objects.get(patient=handover.patient).sealed_words is None


def test_an_export_of_a_search_names_its_patients(desk, did, amara, patient, make_patient, ward):
    other = make_patient(ward)
    for one in (patient, other):
        did(amara, "patient.read", patient=one)
    response = desk.post("/audit/export/", {"key": str(uuid4()), "search": f"patient={patient.pk}", "form": "csv"})
    assert b"".join(response.streaming_content)
    assert disclosed(patient) == [("search", "operations", "house")]
    assert disclosed(other) == []


def test_the_patients_own_reports_are_disclosures_to_the_patient(desk, patient):
    desk.post(f"/audit/patients/{patient.pk}/access.pdf")
    desk.post(f"/audit/patients/{patient.pk}/disclosures.pdf")
    assert disclosed(patient) == [
        ("access_report", "individual", "patient"),
        ("accounting", "individual", "patient"),
    ]


# Whoever adds a way out looks here: every event that is an export writes a disclosure, or asks for or decides one.
def test_no_way_out_is_forgotten():
    leaves = {name for name, kind in KINDS.items() if kind is Kind.EXPORT}
    decided = {"audit.export_asked", "audit.export_approved", "audit.export_dropped"}
    covered = {"audit.exported", "evidence.exported", "audit.access_report_made", "audit.accounting_made"}
    # Turns of staff, for a calendar program: no patient is in them (tests/duty/test_calendar_feed.py).
    of_nobody = {"calendar.exported", "calendar.read"}
    assert leaves == decided | covered | of_nobody
    assert set(BASES) == {"", *REASONS}
