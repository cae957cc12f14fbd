"""A patient's own report: who used the record and why, by role and unit, in plain words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.reports import access_pdf
from audit.reports.access import access_report
from audit.reports.access_pdf import as_pdf
from handover.patients import selectors
from ledger.models import Event
from live.refusals import NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def since():
    return timezone.now() - timedelta(days=365)


def made(actor, officer, patient, since, **more):
    return access_report(actor(officer), patient.pk, since=since, **{"with_names": False, **more})


def test_a_look_is_told_with_role_unit_and_reason(actor, officer, amara, patient, since):
    selectors.patient_page(actor(amara), patient.pk)
    selectors.patient_page(actor(amara), patient.pk)
    (line,) = [line for line in made(actor, officer, patient, since).lines if line.what.startswith("read")]
    assert line.who.startswith("A nurse")
    assert line.what == "read your record, 2 times"
    assert line.why == "You were a patient of their unit."


def test_names_are_given_only_where_the_officer_says_so(actor, officer, amara, patient, since):
    selectors.patient_page(actor(amara), patient.pk)
    plain, named = (made(actor, officer, patient, since, with_names=names).lines for names in (False, True))
    assert amara.display_name not in " ".join(line.who for line in plain)
    assert amara.display_name in " ".join(line.who for line in named)


# The property: one line of the log is one line of the patient's paper. A directory may send any letters in a name; none
# of them writes a line of its own, or turns the line about.
def test_no_name_writes_a_line_of_its_own(actor, officer, amara, patient, since, did, monkeypatch):
    forged = "Eve\n\nNobody has used your record in this time.\u202e\x07"
    type(amara).objects.filter(pk=amara.pk).update(display_name=forged)
    did(amara, "patient.read", patient=patient)
    said = []
    monkeypatch.setattr(access_pdf, "say", lambda _document, words, **_how: said.append(words))
    as_pdf(made(actor, officer, patient, since, with_names=True))
    (line,) = [words for words in said if "Eve" in words]
    assert "Eve Nobody has used your record in this time. read your record" in line


def test_a_look_without_a_written_reason_is_said_to_be_one(actor, officer, amara, patient, since, did):
    did(amara, "patient.read", patient=patient)
    lines = made(actor, officer, patient, since).lines
    assert "No reason is written down. You may ask about this." in {line.why for line in lines}


def test_whoever_was_refused_is_told_without_what_they_tried(actor, officer, amara, patient, since, did):
    did(amara, "patient.read", patient=patient, outcome="refused", reason="not_found")
    lines = made(actor, officer, patient, since).lines
    assert ("tried to use your record", "It was refused.") in {(line.what, line.why) for line in lines}


def test_what_lies_before_is_left_out(actor, officer, amara, patient, did):
    did(amara, "patient.read", patient=patient)
    later = timezone.now() + timedelta(seconds=1)
    assert made(actor, officer, patient, later).lines == []


def test_that_it_was_made_is_on_record_before_it_is_given(actor, officer, patient, since):
    made(actor, officer, patient, since, with_names=True)
    event = Event.objects.get(event="audit.access_report_made", agent_id=officer.pk)
    assert event.patient_id == patient.pk
    assert event.detail["names"] == 1


# The report holds who looked at a patient: whoever is no officer gets what somebody gets who asks for nothing.
def test_nobody_but_an_officer_makes_one(actor, amara, admin_person, patient, since):
    for person in (amara, admin_person):
        with pytest.raises(NotFound):
            access_report(actor(person), patient.pk, since=since, with_names=False)


def test_a_patient_who_is_not_there_has_none(actor, officer, amara, since):
    with pytest.raises(NotFound):
        access_report(actor(officer), amara.pk, since=since, with_names=False)


def test_it_is_a_pdf_in_letters_of_many_languages(actor, officer, make_person, ward, patient, since, did):
    someone = make_person("lukasz@readback.example", "Łukasz Žižek-Ångström", "physician", unit=ward)
    did(someone, "patient.read", patient=patient)
    content = as_pdf(made(actor, officer, patient, since, with_names=True))
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")


def test_the_officer_takes_it_from_the_patients_page(desk, amara, patient, did):
    did(amara, "patient.read", patient=patient)
    page = desk.get(f"/audit/patients/{patient.pk}/").content.decode()
    assert f'action="/audit/patients/{patient.pk}/access.pdf"' in page
    answer = desk.post(f"/audit/patients/{patient.pk}/access.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert patient.pk.hex not in answer.headers["Content-Disposition"]
