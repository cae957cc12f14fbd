"""The day's budget of different patients: counted once each, told of, stopped; and never in the way of care."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from handover.patients import access, selectors
from handover.patients.budget import Verdict, judged, opened_today
from handover.patients.glass import services
from handover.patients.models import AccessAlert, CareRelationship, Patient
from handover.patients.sealed import identity_of
from handover.transfers.selectors.shift import shift_page
from handover.transfers.services.responsibility import take_patient
from ledger.models import Event
from live.acting import acting_for
from live.refusals import Conflict

LIMIT = 5


@pytest.fixture
def ten(make_patient, emergency, settings):
    settings.PATIENTS_A_DAY = LIMIT
    return [make_patient(emergency, family=f"Bramblewood{number}") for number in range(10)]


def opened(actor, patients):
    """How many of them their pages were given for."""
    count = 0
    for patient in patients:
        with suppress(Conflict):
            selectors.patient_page(actor, patient.pk)
            count += 1
    return count


@given(opened=st.integers(1, 2000), limit=st.integers(1, 1000), is_own=st.booleans())
def test_only_one_patient_more_than_the_day_allows_is_stopped(opened, limit, is_own):
    assert (judged(opened, limit=limit, is_own=is_own) is Verdict.STOPPED) == (opened > limit and not is_own)


def test_an_officer_is_told_at_four_fifths_and_at_the_end():
    said = [judged(number, limit=150, is_own=False) for number in range(1, 152)]
    told = {number: verdict for number, verdict in enumerate(said, 1) if verdict is not Verdict.WITHIN}
    assert told == {120: Verdict.NEAR, 150: Verdict.SPENT, 151: Verdict.STOPPED}


def test_it_stops_at_the_sixth_of_five(actor, amara, ten):
    assert opened(actor(amara), ten) == LIMIT
    assert opened_today(amara) == LIMIT


def test_whom_they_opened_today_stays_open(actor, amara, ten):
    opened(actor(amara), ten)
    assert opened(actor(amara), ten[:LIMIT]) == LIMIT


def test_a_patient_of_their_own_is_never_stopped(actor, amara, ten):
    opened(actor(amara), ten)
    mine = ten[-1]
    CareRelationship.objects.filter(patient=mine).update(ends=Now())
    access.grant(mine.pk, reason=CareRelationship.Reason.RESPONSIBLE, person_id=amara.pk)
    assert opened(actor(amara), [mine]) == 1


def test_emergency_access_is_never_stopped(actor, amara, ten, make_patient, other_ward):
    opened(actor(amara), ten)
    patient = make_patient(other_ward, family="Nettleship")
    who = identity_of(patient)
    told = {"record_number": who.record_number, "birth_date": who.birth_date}
    words = {"code": "life_at_risk", "words": "Arrest in the corridor"}
    services.break_glass(actor(amara), key=uuid4(), **told, **words)
    assert opened(actor(amara), [patient]) == 1


def test_whoever_is_stopped_reads_what_to_do_and_it_is_on_record(client, sign_in, amara, actor, ten):
    opened(actor(amara), ten[:LIMIT])
    sign_in(client, amara)
    answer = client.get(f"/patients/{ten[-1].pk}/")
    assert answer.status_code == 409
    assert b"use emergency access" in answer.content
    event = Event.objects.filter(event="patient.read", outcome="refused").latest("id")
    assert (event.reason, event.agent_id, event.patient_id) == ("budget", amara.pk, ten[-1].pk)


def test_a_list_is_not_an_opening(actor, amara, ten, emergency):
    assert len(selectors.patient_rows(actor(amara), unit=emergency, at=timezone.now())) == len(ten)
    assert opened_today(amara) == 0


def test_somebody_elses_day_is_their_own(actor, amara, make_person, emergency, ten):
    opened(actor(amara), ten)
    other = make_person("tilda@readback.example", "Tilda Probewell", "nurse", unit=emergency)
    assert opened(actor(other), ten[:LIMIT]) == LIMIT


@pytest.mark.django_db(transaction=True)
def test_pages_that_are_opened_at_once_do_not_slip_past_one_another(actor, amara, ten):
    """The race: each of ten requests could read the count before the others wrote theirs. The day's row is locked."""
    acting = actor(amara)

    def look(patient):
        try:
            with acting_for(amara.pk):
                return opened(acting, [patient])
        finally:
            connection.close()

    with ThreadPoolExecutor(len(ten)) as pool:
        given = sum(pool.map(look, ten))
    assert given == LIMIT
    assert opened_today(amara) == LIMIT


def shut(count, *, like, unit):
    """Patients of the unit whose pages nobody will see: there is nothing in them that would open."""
    blank = {"facility_id": like.facility_id, "sealed_identity": b"-", "sealed_headline": b"-"}
    blank["family_birth_index"] = b"-"
    rows = [Patient(record_number_index=number.to_bytes(16, "big"), **blank) for number in range(count)]
    Patient.objects.bulk_create(rows)
    reason = CareRelationship.Reason.UNIT_HAS_PATIENT
    CareRelationship.objects.bulk_create(CareRelationship(patient=row, unit=unit, reason=reason) for row in rows)
    return rows


def test_a_walk_through_a_thousand_patients_ends_at_a_hundred_and_fifty(
    client, sign_in, amara, officer, emergency, make_patient
):
    """T52: whoever crawls with a valid sign-in is stopped by the 151st, and an officer knows of it before that."""
    patients = [make_patient(emergency, family=f"Bramblewood{number}") for number in range(150)]
    patients += shut(850, like=patients[0], unit=emergency)
    sign_in(client, amara)
    statuses = [client.get(f"/patients/{patient.pk}/timeline/").status_code for patient in patients]
    assert (statuses.count(200), statuses.count(409)) == (150, 850)
    alerts = {alert.kind: alert.count for alert in AccessAlert.objects.filter(person=amara)}
    assert alerts == {"budget_near": 120, "budget_spent": 150}
    assert Event.objects.filter(event="access.alerted", agent_id=amara.pk).count() == 2


# Against whoever walks through records, and never against care: with rows as they are on a ward.


def test_a_patient_of_their_own_in_their_own_unit_is_never_stopped(actor, amara, ten):
    opened(actor(amara), ten)
    access.grant(ten[-1].pk, reason=CareRelationship.Reason.RESPONSIBLE, person_id=amara.pk)
    assert opened(actor(amara), [ten[-1]]) == 1


def test_emergency_access_in_their_own_unit_is_never_stopped(actor, amara, ten):
    opened(actor(amara), ten)
    who = identity_of(ten[-1])
    told = {"record_number": who.record_number, "birth_date": who.birth_date}
    services.break_glass(actor(amara), key=uuid4(), **told, code="life_at_risk", words="Arrest in the corridor")
    assert opened(actor(amara), [ten[-1]]) == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_takes_patients_and_looks_at_the_shift_has_opened_them(actor, amara, ten):
    # The way round: take each, which shows no page, and then one page shows every summary.
    acting = actor(amara)
    for patient in ten:
        take_patient(acting, key=uuid4(), patient_id=patient.pk)
    with acting_for(amara.pk):
        page = shift_page(acting, at=timezone.now())
    assert len(page.cards) == len(ten)
    assert opened_today(amara) == len(ten)


def test_whoever_is_stopped_and_does_as_the_words_say_gets_to_the_patient(client, sign_in, amara, actor, ten):
    opened(actor(amara), ten)
    sign_in(client, amara)
    assert b"use emergency access" in client.get(f"/patients/{ten[-1].pk}/").content
    who = identity_of(ten[-1])
    year, month, day = who.birth_date.split("-")
    born = {"birth_date_day": day, "birth_date_month": month, "birth_date_year": year}
    told = {"record_number": who.record_number, **born, "key": str(uuid4())}
    page = client.post("/patients/emergency/", {**told, "code": "life_at_risk", "words": "Arrest in the corridor"})
    assert page.status_code in {302, 303}
    assert client.get(page["Location"]).status_code == 200
