"""A high score that nobody pages about, and nobody decides on, is told to whoever leads the unit."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Duty
from handover.paging import services
from handover.paging.services import Wanted
from handover.paging.services.deciding import decide_not_to_page
from handover.patients.sealed import summary_of
from handover.reach.models import Channel, ContactPoint, Delivery
from handover.transfers import selectors
from ledger.models import Event
from live import timers
from live.models import Timer
from tests.paging.conftest import WORDS, can_send, told
from vault.errors import VaultError

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "paging.undecided"
# By NEWS2: 7 and more; nothing.
SICK = {"respirations_per_min": 26, "spo2_percent": 90, "pulse_per_min": 120}
WELL = {"respirations_per_min": 16, "spo2_percent": 98, "pulse_per_min": 70, "on_oxygen": False}


@pytest.fixture
def leader(make_role, emergency, lee, signed_in):
    """Lee leads the department where the patient lies."""
    signed_in(lee)
    return make_role(emergency, "Charge nurse of the department", lee, is_lead=True)


def minutes_to_look():
    """In how many minutes it is looked whether anybody has decided; None where it is not."""
    due = Timer.objects.filter(kind=KIND).values_list("due", flat=True).first()
    return round((due - timezone.now()).total_seconds() / 60) if due else None


def time_comes():
    """The minutes have passed."""
    Timer.objects.filter(kind=KIND).update(due=F("due") - timedelta(hours=1))
    timers.run_due()


def lines(actor, person):
    """What the inbox of this person says of it."""
    return [line for line in selectors.inbox_page(actor(person)) if line.event == KIND]


def test_the_lead_is_told_and_rung_where_nobody_has_decided(
    actor, amara, lee, patient, put_vitals, leader, monkeypatch
):
    can_send(monkeypatch, [Channel.SMS])
    ContactPoint(person=lee, channel=Channel.SMS, sealed_address=b"x", verified=timezone.now()).save(force_insert=True)
    put_vitals(patient, **SICK)
    assert minutes_to_look() == 5
    assert told(lee, KIND) == 0
    time_comes()
    assert (told(lee, KIND), told(amara, KIND)) == (1, 0)
    assert list(Delivery.objects.values_list("person", "subject_kind", "channel")) == [(lee.pk, "score", "sms")]
    (line,) = lines(actor, lee)
    assert "FENWICKLE, Odalys" in line.line
    assert line.url == f"/patients/{patient.pk}/"
    noted = Event.objects.filter(event=KIND).latest("pk")
    assert (noted.patient_id, noted.outcome, noted.detail["level"]) == (patient.pk, "failed", "emergency")
    assert not Timer.objects.filter(kind=KIND).exists()


def test_whoever_pages_in_time_ends_it(actor, amara, lee, patient, put_vitals, leader, on_call):
    put_vitals(patient, **SICK)
    wanted = Wanted(level="emergency", words=WORDS, role_id=on_call.pk)
    services.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)
    time_comes()
    assert told(lee, KIND) == 0


def test_whoever_says_why_not_ends_it(actor, amara, lee, patient, put_vitals, leader):
    put_vitals(patient, **SICK)
    patient.refresh_from_db()
    observed = max(summary_of(patient)[1].vital_signs.entries, key=lambda each: each.taken).id
    decide_not_to_page(actor(amara), key=uuid4(), patient_id=patient.pk, observed=observed, text="Comfort care.")
    time_comes()
    assert told(lee, KIND) == 0


def test_a_page_that_goes_out_afterwards_stops_what_still_rings(
    actor, amara, lee, patient, put_vitals, leader, on_call, monkeypatch
):
    can_send(monkeypatch, [Channel.SMS])
    ContactPoint(person=lee, channel=Channel.SMS, sealed_address=b"x", verified=timezone.now()).save(force_insert=True)
    put_vitals(patient, **SICK)
    time_comes()
    wanted = Wanted(level="emergency", words=WORDS, role_id=on_call.pk)
    services.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)
    assert Delivery.objects.get(subject_kind="score").state == Delivery.State.DROPPED


def test_better_observations_that_propose_nothing_end_it(actor, lee, patient, put_vitals, leader):
    put_vitals(patient, **SICK)
    put_vitals(patient, **WELL)
    time_comes()
    assert told(lee, KIND) == 0


def test_further_observations_do_not_put_the_look_off(patient, put_vitals, leader):
    put_vitals(patient, **SICK)
    Timer.objects.filter(kind=KIND).update(due=F("due") - timedelta(minutes=4))
    put_vitals(patient, **SICK)
    assert minutes_to_look() == 1


def test_a_score_that_proposes_nothing_is_not_looked_at(make_patient, emergency, put_vitals):
    put_vitals(make_patient(emergency), **WELL)
    assert minutes_to_look() is None


def test_where_nobody_leads_whoever_is_on_duty_hears(actor, amara, patient, put_vitals, emergency):
    assert Duty.objects.filter(unit=emergency, person=amara).exists()
    put_vitals(patient, **SICK)
    time_comes()
    assert told(amara, KIND) == 1


def test_nobody_is_told_of_a_patient_who_cannot_be_read(patient, put_vitals, leader, lee, monkeypatch):
    put_vitals(patient, **SICK)

    def unreadable(*_):
        raise VaultError("no key")

    monkeypatch.setattr("handover.paging.selectors.proposed.headline_of", unreadable)
    time_comes()
    assert told(lee, KIND) == 0


def test_nobody_reads_of_it_who_may_not_see_the_patient(actor, noor, patient, put_vitals, leader, lee):
    # The property: that a score is high is about a patient, and is drawn for whoever may see them when they look. The
    # attack is an item in the inbox of somebody who may not, as if they had led the unit when it was told.
    from live.models import InboxItem

    put_vitals(patient, **SICK)
    time_comes()
    InboxItem.objects.filter(event=KIND).update(person_id=noor.pk, number=1)
    assert lines(actor, noor) == []
