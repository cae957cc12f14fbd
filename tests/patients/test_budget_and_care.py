"""The budget is against whoever walks through records, and never against care: with rows as they are on a ward."""

from contextlib import suppress
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.patients import access, selectors
from handover.patients.budget import opened_today
from handover.patients.glass import services
from handover.patients.models import CareRelationship
from handover.patients.sealed import identity_of
from handover.transfers.selectors.shift import shift_page
from handover.transfers.services.responsibility import take_patient
from live.acting import acting_for
from live.refusals import Conflict

LIMIT = 5


@pytest.fixture
def ten(make_patient, emergency, settings):
    settings.PATIENTS_A_DAY = LIMIT
    return [make_patient(emergency, family=f"Bramblewood{number}") for number in range(10)]


def opened(actor, patients):
    count = 0
    for patient in patients:
        with suppress(Conflict):
            selectors.patient_page(actor, patient.pk)
            count += 1
    return count


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
    """The way round: take each (no page), then one page shows every summary. Nothing counts, no officer is told."""
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
