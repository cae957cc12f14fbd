"""After vital signs that got worse the patient's page asks how ill they are now; the answer is an act on record."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from config.roles import as_owner
from handover.patients import sealed, services
from handover.patients.documents import Headline, IllnessSeverity, SectionState, Source, Summary
from handover.patients.rules import severity_question
from ledger.models import Event
from live.models import InboxItem
from tests.fixtures_patients import make_vitals

NOW = timezone.now()


def summary_of(*sets, by=None):
    """A summary with these sets, the newest last, an hour apart; the newest entered by `by`."""
    from handover.patients import documents as d

    entries = []
    for number, changes in enumerate(sets):
        taken = NOW - timedelta(hours=len(sets) - number)
        entries.append(make_vitals(taken, source=Source(author_id=by or uuid4(), recorded=taken), **changes))
    return Summary(vital_signs=d.Section[d.VitalSigns](state=SectionState.FILLED, entries=tuple(entries)))


@pytest.mark.parametrize(
    ("sets", "asked"),
    [
        ([{}, {}], None),
        ([{}, {"pulse_per_min": 95}], None),  # 0 to 1
        ([{}, {"pulse_per_min": 115}], (2, 0)),  # 0 to 2
        ([{}, {"respirations_per_min": 26}], (3, 0)),  # one parameter scores 3
        ([{"respirations_per_min": 26}, {"respirations_per_min": 26}], (3, 3)),
        ([{"on_oxygen": True, "pulse_per_min": 115, "respirations_per_min": 22}] * 2, (6, 6)),  # 5 or more
    ],
)
def test_it_asks_from_five_on_for_a_three_and_after_a_rise_by_two(sets, asked):
    rise = severity_question(summary_of(*sets), Headline())
    assert (rise and (rise.now, rise.before)) == asked


def test_it_does_not_ask_once_somebody_has_said_it_nor_after_an_import():
    summary = summary_of({}, {"pulse_per_min": 115})
    said = Headline(illness_severity=IllnessSeverity.STABLE, severity_set=NOW)
    assert severity_question(summary, said) is None
    assert severity_question(summary, said.model_copy(update={"severity_set": NOW - timedelta(hours=5)})) is not None
    entry = summary.vital_signs.entries[-1].model_copy(update={"source": Source(system="Ward system")})
    section = summary.vital_signs.model_copy(update={"entries": (summary.vital_signs.entries[0], entry)})
    assert severity_question(summary.model_copy(update={"vital_signs": section}), Headline()) is None


@pytest.fixture
def browser(client, sign_in, amara):
    sign_in(client, amara)
    return client


@pytest.mark.django_db
def test_the_page_asks_once_and_one_tap_answers(browser, patient, put_vitals):
    page = f"/patients/{patient.pk}/"
    put_vitals(patient, respirations_per_min=16)
    assert "How ill is she now?" not in browser.get(page).content.decode()
    put_vitals(patient, respirations_per_min=26, pulse_per_min=115)
    assert "NEWS2 rose from 0 to 5. How ill is she now?" in " ".join(browser.get(page).content.decode().split())
    answer = browser.post(f"{page}severity/", {"key": str(uuid4()), "illness_severity": "unstable"})
    assert answer.status_code == 303
    patient.refresh_from_db()
    assert sealed.headline_of(patient).illness_severity == IllnessSeverity.UNSTABLE
    assert Event.objects.filter(event="severity.set", patient_id=patient.pk, outcome="success").count() == 1
    assert "How ill is she now?" not in browser.get(page).content.decode()


@pytest.mark.django_db
def test_the_same_tap_again_is_one_act(actor, amara, patient):
    key = uuid4()
    for _ in range(2):
        services.say_severity(actor(amara), key=key, patient_id=patient.pk, severity=IllnessSeverity.WATCHER)
    assert Event.objects.filter(event="severity.set").count() == 1


@pytest.mark.django_db
def test_whoever_looks_after_the_patient_hears_that_the_record_changed_and_nothing_else(
    amara, lee, noor, make_person, emergency, patient, put_vitals
):
    from handover.patients.events import draw

    noah = make_person("noah@readback.example", "Noah Nightjar", "nurse", unit=emergency)
    make_person("off@readback.example", "Opal Offduty", "nurse", unit=emergency, on_duty=False)
    with as_owner():
        InboxItem.objects.all().delete()
    put_vitals(patient)
    items = list(InboxItem.objects.filter(event="summary.changed"))
    assert {item.person_id for item in items} == {noah.pk}  # on duty there; not who entered it
    assert draw(items) == {items[0].pk: {"patient": str(patient.pk)}}
    InboxItem.objects.update(person_id=lee.pk)
    assert draw(list(InboxItem.objects.all())) == {items[0].pk: None}


@pytest.mark.django_db
def test_a_saved_entry_is_said_to_be_saved_without_a_word_of_it(browser, patient):
    told = {"key": str(uuid4()), "seen": "1", "substance": "Latex", "criticality": "low", "kind": "allergy"}
    answer = browser.post(f"/patients/{patient.pk}/allergies/add/", told)
    assert answer.status_code == 303
    assert "Latex" not in str(answer.cookies)
    assert "Saved: Allergies." in browser.get(f"/patients/{patient.pk}/summary/").content.decode()
