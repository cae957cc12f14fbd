"""Entering and correcting one entry: what was typed is never lost, and what nobody touched stays as it was."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.patients import edits, selectors, services
from handover.patients.documents import Allergy, Medication, SectionState, WhatMatters
from handover.patients.forms.entries import FORMS
from handover.patients.sections import ALL

JSON = {"Accept": "application/json"}
# What a person types into the form of each section, at the least, and one thing that must then stand in the summary.
TYPED = {
    "problems": ({"text": "Asthma", "onset_year": "1999"}, "Asthma"),
    "allergies": ({"substance": "Latex"}, "Latex"),
    "medications": ({"name": "Paracetamol", "dose": "1 g", "status": "current"}, "Paracetamol"),
    "code_status": ({"value": "dnar", "decided_by": "Noor Wintergreen"}, "DNAR"),
    "alerts": ({"kind": "falls", "text": "Fell twice"}, "Fell twice"),
    "devices": ({"kind": "line", "text": "Cannula 20 G"}, "Cannula 20 G"),
    "vital_signs": ({"pulse_per_min": "82", "taken": "2026-03-01T10:00"}, "NEWS2 incomplete"),
    "results": ({"name": "Potassium", "value": "3.6"}, "Potassium: 3.6"),
    "pending_results": ({"name": "Cultures", "owner": "Day team"}, "Cultures"),
    "procedures": ({"text": "Chest drain"}, "Chest drain"),
    "diet": ({"text": "Soft", "nil_by_mouth": "on"}, "NIL BY MOUTH"),
    "mobility": ({"text": "Walks with one", "staff_needed": "1"}, "Walks with one"),
    "weight": ({"kg": "71,5", "how": "measured"}, "71.5 kg"),
    "language": ({"name": "Português", "interpreter_needed": "yes"}, "Interpreter needed"),
    "family_contact": ({"name": "Berengar"}, "Berengar"),
    "belongings": ({"text": "Dentures"}, "Dentures"),
    "what_matters": ({"text": "Her son is told first."}, "Her son is told first."),
}


@pytest.fixture
def typed(client, amara, sign_in):
    """typed(patient, "allergies", substance="Latex"): Amara sends the form of a new entry, without scripts."""
    sign_in(client, amara)

    def send(patient, section, *, entry=None, headers=None, **fields):
        slug = section.replace("_", "-")
        names = ("patients:correct", [patient.pk, slug, entry]) if entry else ("patients:add", [patient.pk, slug])
        return client.post(reverse(names[0], args=names[1]), {"key": uuid4(), **fields}, headers=headers)

    return send


@pytest.fixture
def summary_of():
    return lambda patient: selectors.summary_of(patient)[1]


def test_every_section_has_a_form_and_a_test():
    assert set(FORMS) == set(TYPED) == {spec.name for spec in ALL} == set(edits.SECTIONS)


@pytest.mark.parametrize("section", TYPED)
def test_an_entry_of_every_section_is_entered_by_hand(client, typed, make_patient, emergency, section):
    patient = make_patient(emergency)
    fields, said = TYPED[section]
    assert client.get(reverse("patients:add", args=[patient.pk, section.replace("_", "-")])).status_code == 200
    assert typed(patient, section, **fields).status_code == 303
    assert said in client.get(reverse("patients:summary", args=[patient.pk])).content.decode()


@pytest.mark.parametrize("section", TYPED)
def test_an_entry_that_is_saved_untouched_does_not_change(client, typed, patient, section, summary_of):
    """What the form shows, sent back as it is, is the same entry: seconds, codes and date-times stay."""
    before = getattr(summary_of(patient), section).entries[0]
    url = reverse("patients:correct", args=[patient.pk, section.replace("_", "-"), before.id])
    shown = client.get(url).context["form"]
    fields = {}
    for bound in shown:
        widget, value = bound.field.widget, bound.value()
        if hasattr(widget, "widgets_names"):
            parts = widget.decompress(value)
            fields |= {f"{bound.html_name}{name}": part for name, part in zip(widget.widgets_names, parts, strict=True)}
        else:
            said = "on" if value is True else "" if value in (None, False) else widget.format_value(value)
            fields[bound.html_name] = said
    flat = {name: value[0] if isinstance(value, list) else value for name, value in fields.items()}
    flat = {name: "" if value is None else value for name, value in flat.items()}
    assert typed(patient, section, entry=before.id, **flat).status_code == 303
    after = next(entry for entry in getattr(summary_of(patient), section).entries if entry.id == before.id)
    assert after.model_dump(exclude={"source"}) == before.model_dump(exclude={"source"})


def test_what_was_typed_is_still_there_when_something_is_wrong(typed, patient):
    response = typed(patient, "vital_signs", temperature_c="378", pulse_per_min="88", taken="2026-03-01T10:00")
    page = response.content.decode()
    assert response.status_code == 422
    assert "You wrote 378." in page
    assert 'value="88"' in page
    assert 'value="378"' in page


def test_a_script_gets_the_words_by_field(typed, patient):
    response = typed(patient, "vital_signs", temperature_c="378", taken="2026-03-01T10:00", headers=JSON)
    assert response.status_code == 422
    assert list(response.json()["fields"]) == ["temperature_c"]


def test_a_script_is_told_where_to_go(typed, patient):
    answer = typed(patient, "allergies", substance="Latex", headers=JSON)
    assert answer.json()["location"].endswith("/summary/#allergies")


def test_a_date_that_is_wrong_is_said_at_its_first_part(typed, patient):
    answer = typed(patient, "problems", text="Asthma", onset_day="31", onset_month="2", onset_year="2001", headers=JSON)
    assert list(answer.json()["fields"]) == ["onset_day"]


def test_vital_signs_from_the_future_are_refused_and_kept(typed, patient):
    later = timezone.localtime(timezone.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    response = typed(patient, "vital_signs", pulse_per_min="88", taken=later)
    assert response.status_code == 422
    assert "future" in response.content.decode()
    assert 'value="88"' in response.content.decode()


def test_vital_signs_without_a_sign_are_not_a_set(typed, patient):
    assert typed(patient, "vital_signs", taken="2026-03-01T10:00").status_code == 422


def test_a_correction_changes_what_was_touched_and_nothing_else(
    typed, make_patient, emergency, summary_of, actor, amara
):
    patient = make_patient(emergency)
    given = datetime(2026, 3, 1, 10, 20, 35, tzinfo=UTC)
    drug = Medication(name="Meropenem", dose="1 g", code="387540000", code_system="sct", last_given=given)
    services.put_entry(
        actor(amara), key=uuid4(), patient_id=patient.pk, section="medications", entry=drug, seen_number=0
    )
    sent = {"name": "Meropenem", "dose": "2 g", "status": "current", "last_given": "2026-03-01T10:20"}
    assert typed(patient, "medications", entry=drug.id, **sent).status_code == 303
    after = summary_of(patient).medications.entries[0]
    assert (after.dose, after.last_given, after.code) == ("2 g", given, "387540000")


def test_other_words_lose_the_code_of_the_words_before(typed, make_patient, emergency, summary_of, actor, amara):
    patient = make_patient(emergency)
    allergy = Allergy(substance="Penicillin", code="91936005", code_system="sct")
    services.put_entry(
        actor(amara), key=uuid4(), patient_id=patient.pk, section="allergies", entry=allergy, seen_number=0
    )
    typed(patient, "allergies", entry=allergy.id, substance="Latex")
    assert summary_of(patient).allergies.entries[0].code == ""


@pytest.fixture
def contested(make_patient, emergency, actor, amara, typed):
    """A line that Amara opened at number 1 and a colleague has changed since."""
    patient = make_patient(emergency)
    wish = WhatMatters(text="Quiet at night")
    for text, seen in (("Quiet at night", 0), ("Window open", 1)):
        services.put_entry(
            actor(amara),
            key=uuid4(),
            patient_id=patient.pk,
            section="what_matters",
            entry=wish.model_copy(update={"text": text}),
            seen_number=seen,
        )
    return patient, wish.id


def test_a_colleagues_change_is_shown_beside_what_was_typed(typed, contested, summary_of):
    patient, entry = contested
    response = typed(patient, "what_matters", entry=entry, text="Door closed", seen="1")
    page = response.content.decode()
    assert response.status_code == 409
    assert "Window open" in page
    assert "Door closed" in page
    assert summary_of(patient).what_matters.entries[0].text == "Window open"


def test_after_seeing_it_saving_again_is_a_choice(typed, contested, summary_of):
    patient, entry = contested
    refused = typed(patient, "what_matters", entry=entry, text="Door closed", seen="1")
    seen = refused.context["seen"]
    assert typed(patient, "what_matters", entry=entry, text="Door closed", seen=seen).status_code == 303
    assert summary_of(patient).what_matters.entries[0].text == "Door closed"


def test_a_script_is_shown_how_the_line_stands(client, typed, contested):
    patient, entry = contested
    assert typed(patient, "what_matters", entry=entry, text="Door closed", seen="1", headers=JSON).status_code == 409
    fragment = client.get(reverse("patients:now", args=[patient.pk, "what-matters", entry])).content.decode()
    assert "Window open" in fragment
    assert 'data-number="2"' in fragment


def test_the_same_form_sent_twice_is_done_once(client, amara, sign_in, make_patient, emergency, summary_of):
    patient = make_patient(emergency)
    sign_in(client, amara)
    sent = {"key": uuid4(), "substance": "Latex"}
    for _again in range(2):
        assert client.post(reverse("patients:add", args=[patient.pk, "allergies"]), sent).status_code == 303
    assert len(summary_of(patient).allergies.entries) == 1


def test_a_line_is_removed_and_the_section_then_says_not_asked(client, typed, make_patient, emergency, summary_of):
    patient = make_patient(emergency)
    typed(patient, "belongings", text="Dentures")
    entry = summary_of(patient).belongings.entries[0]
    url = reverse("patients:remove", args=[patient.pk, "belongings", entry.id])
    assert client.post(url, {"key": uuid4(), "seen": "1"}).status_code == 303
    assert summary_of(patient).belongings.state == SectionState.NOT_ASKED


def test_a_section_says_why_it_is_empty(client, typed, make_patient, emergency, summary_of):
    patient = make_patient(emergency)
    url = reverse("patients:state", args=[patient.pk, "allergies"])
    assert "No known allergies" in client.get(url).content.decode()
    assert client.post(url, {"key": uuid4(), "state": "none_known"}).status_code == 303
    assert summary_of(patient).allergies.state == SectionState.NONE_KNOWN


def test_a_section_with_lines_is_not_said_to_be_empty(client, typed, patient, summary_of):
    url = reverse("patients:state", args=[patient.pk, "allergies"])
    assert client.post(url, {"key": uuid4(), "state": "none_known"}).status_code == 409
    assert summary_of(patient).allergies.entries


def test_nobody_has_no_weight(client, typed, make_patient, emergency):
    patient = make_patient(emergency)
    url = reverse("patients:state", args=[patient.pk, "weight"])
    assert client.post(url, {"key": uuid4(), "state": "none_known"}).status_code == 422


@pytest.mark.parametrize("name", ["add", "state"])
def test_a_section_that_is_none_has_no_page(client, amara, sign_in, patient, name):
    sign_in(client, amara)
    assert client.get(f"/patients/{patient.pk}/horoscope/{name}/").status_code == 404


def test_a_form_without_its_key_does_nothing(client, typed, make_patient, emergency, summary_of):
    patient = make_patient(emergency)
    assert typed(patient, "allergies", substance="Latex", key="").status_code == 422
    assert not summary_of(patient).allergies.entries


@pytest.mark.parametrize("name", ["add", "state"])
def test_who_may_not_see_the_patient_may_not_write(client, noor, sign_in, patient, name):
    sign_in(client, noor)
    url = reverse(f"patients:{name}", args=[patient.pk, "allergies"])
    assert client.get(url).status_code == 404
    assert client.post(url, {"key": uuid4(), "substance": "Latex", "state": "withheld"}).status_code == 404


# The score while it is typed


@pytest.fixture
def score(client, amara, sign_in, patient):
    sign_in(client, amara)
    return lambda **fields: client.post(reverse("patients:score", args=[patient.pk]), fields).content.decode()


def test_the_score_is_seen_while_it_is_typed(score):
    whole = {"respirations_per_min": "22", "spo2_percent": "94", "air": "oxygen", "systolic_mmhg": "112"}
    whole |= {"pulse_per_min": "88", "consciousness": "A", "temperature_c": "37.8"}
    assert "<b>5</b>" in score(**whole)
    assert "Urgent" in score(**whole)


def test_a_score_that_is_not_whole_says_what_is_missing(score):
    fragment = score(pulse_per_min="131")
    assert "<b>3+</b>" in fragment
    assert "Breathing" in fragment


def test_a_value_that_cannot_be_is_not_scored(score):
    assert "<b>" not in score(pulse_per_min="999")


def test_the_second_scale_scores_by_the_prescribed_target(score):
    assert "<b>0+</b>" in score(spo2_percent="89", spo2_scale="2")
    assert "<b>3+</b>" in score(spo2_percent="89", spo2_scale="1")


def test_the_second_scale_comes_with_its_warning(client, amara, sign_in, patient):
    sign_in(client, amara)
    page = client.get(reverse("patients:add", args=[patient.pk, "vital-signs"])).content.decode()
    assert "Scale 2 only with a prescribed target of 88 to 92 %" in page
