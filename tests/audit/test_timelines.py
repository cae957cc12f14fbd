"""Who saw one patient and why, day by day; and one person's day from sign-in to sign-out."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from audit import timelines
from handover.patients.models import CareRelationship
from handover.patients.sealed import identity_of
from ledger.models import Event
from ledger.services import record_read

pytestmark = pytest.mark.django_db


def words(response):
    """The page's text, in one line."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2])
    return re.sub(r"\s+", " ", text)


def test_repeated_looks_are_one_line_with_a_count_and_the_relationship_with_its_period(desk, did, amara, patient):
    row = patient.relationships.get()
    for _ in range(7):
        did(amara, patient=patient, relationship_id=row.pk)
    page = words(desk.get(f"/audit/patients/{patient.pk}/"))
    assert page.count("Opened a patient") == 1
    assert "7 times" in page
    assert "Unit has the patient, since" in page
    assert "Amara Thistledown" in page
    assert identity_of(patient).record_number in desk.get(f"/audit/patients/{patient.pk}/").content.decode()


def test_emergency_access_refusals_and_looks_without_a_reason_are_marked(desk, did, amara, noor, lee, patient):
    now = timezone.now()
    told = {
        "person": noor,
        "reason": "break_glass",
        "source_id": uuid4(),
        "begins": now,
        "ends": now + timedelta(hours=1),
    }
    glass = CareRelationship.objects.create(patient=patient, **told)
    did(noor, patient=patient, relationship_id=glass.pk, purpose="BTG")
    did(lee, patient=patient, outcome="refused", reason="no_relationship")
    did(amara, patient=patient)
    page = words(desk.get(f"/audit/patients/{patient.pk}/"))
    for said in ("1 look without a relationship", "1 by emergency access", "1 refused", "no relationship on record"):
        assert said in page


def test_a_look_at_no_patient_needs_no_relationship(desk, did, amara, patient):
    # Messages of a group, a search that found nobody: there is nobody to stand in a relationship with.
    did(amara, "message.read")
    did(amara, "patient.searched")
    page = words(desk.get(f"/audit/people/{amara.pk}/?day={timezone.localdate()}"))
    assert "Read messages" in page
    assert "no relationship on record" not in page


def test_a_list_that_was_read_names_this_patients_row_alone(desk, actor, amara, patient, make_patient, other_ward):
    other = make_patient(other_ward)
    rows = [patient.relationships.get().pk, other.relationships.get().pk]
    ids = [patient.pk, other.pk]
    record_read("patient.listed", agent=actor(amara).agent, patient_ids=ids, relationship_ids=rows)
    page = words(desk.get(f"/audit/patients/{patient.pk}/"))
    assert page.partition("Saw a list of patients")[2].partition("Test phone")[0].count("Unit has the patient,") == 1


def test_nothing_clinical_and_no_name_of_the_patient_is_on_a_timeline(desk, did, amara, patient):
    did(amara, patient=patient)
    identity = identity_of(patient)
    for address in (f"/audit/patients/{patient.pk}/", f"/audit/people/{amara.pk}/"):
        page = desk.get(address).content.decode().casefold()
        assert identity.family.casefold() not in page
        assert str(identity.birth_date) not in page


def test_a_long_timeline_goes_on_where_it_ended(desk, did, amara, patient, monkeypatch):
    monkeypatch.setattr(timelines, "EVENTS_ON_A_TIMELINE", 5)
    for _ in range(8):
        did(amara, patient=patient)
    first = desk.get(f"/audit/patients/{patient.pk}/?act=reads")
    assert "5 times" in words(first)
    older = re.search(r'href="(\?[^"]*older=[^"]*)"', first.content.decode())[1].replace("&amp;", "&")
    assert "3 times" in words(desk.get(f"/audit/patients/{patient.pk}/{older}"))


def test_a_day_goes_from_sign_in_to_sign_out_with_devices_and_patients(client, desk, amara, patient, sign_in):
    from django.test import Client

    theirs = Client()
    sign_in(theirs, amara, device="Firefox on Windows")
    theirs.get(f"/patients/{patient.pk}/")
    theirs.get(f"/patients/{uuid4()}/")
    theirs.post("/sign-out/")
    page = words(desk.get(f"/audit/people/{amara.pk}/?day={timezone.localdate()}"))
    for said in ("Firefox on Windows", "127.0.0.1", "Signed in", "signed out", identity_of(patient).record_number):
        assert said in page
    assert page.index("Signed in") < page.index("Opened a patient") < page.index("signed out")
    assert "Refused" in page


def test_each_timeline_is_itself_on_record(desk, officer, did, amara, patient):
    did(amara, patient=patient)
    desk.get(f"/audit/patients/{patient.pk}/")
    desk.get(f"/audit/people/{amara.pk}/")
    first, second = Event.objects.filter(event="audit.searched", agent_id=officer.pk).order_by("id")
    assert (first.patient_id, first.detail["what"]) == (patient.pk, "timeline")
    assert (second.patient_id, second.detail["what"], second.detail["person"]) == (patient.pk, "day", str(amara.pk))


def test_nobody_and_nothing_is_not_there(desk, amara):
    assert desk.get(f"/audit/people/{uuid4()}/").status_code == 404
    assert desk.get(f"/audit/patients/{uuid4()}/").status_code == 404
    assert desk.get(f"/audit/people/{amara.pk}/?day=tomorrow").status_code == 404


def test_nobody_else_reads_a_timeline(client, sign_in, amara, patient):
    sign_in(client, amara)
    for address in (f"/audit/patients/{patient.pk}/", f"/audit/people/{amara.pk}/"):
        assert client.get(address).status_code == 404
