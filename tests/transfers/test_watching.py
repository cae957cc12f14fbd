"""Vital signs that turn the gate's lock are told to both sides at once, once."""

from uuid import uuid4

import pytest

from handover.patients import services as patients
from handover.patients.documents import Allergy
from handover.transfers import selectors, services
from live.models import InboxItem
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


def test_a_patient_who_gets_worse_locks_the_gate_aloud(actor, amara, lee, patient, accepted_handover, put_vitals):
    put_vitals(patient, respirations_per_min=30)
    assert told(lee)[-1] == told(amara)[-1] == "handover.overtaken"
    assert logged(patient)[-1] == "handover.overtaken"
    news = [line for line in selectors.inbox_page(actor(lee)) if not line.needs_me]
    assert news[0].title.startswith("Gate locked")


def test_it_is_told_once_and_told_again_when_it_is_over(patient, lee, accepted_handover, put_vitals):
    for breaths in (30, 31, 32):
        put_vitals(patient, respirations_per_min=breaths)
    put_vitals(patient)
    assert told(lee)[-2:] == ["handover.overtaken", "handover.caught_up"]


def test_nobody_is_told_before_an_acceptance_or_after_the_departure(
    actor, amara, lee, patient, sent_handover, accept, check_all, put_vitals
):
    put_vitals(patient)
    check_all(sent_handover)
    accept(sent_handover, lee)
    services.depart(actor(amara), key=uuid4(), transfer_id=sent_handover.transfer_id)
    put_vitals(patient, respirations_per_min=30, systolic_mmhg=85)
    assert not InboxItem.objects.filter(event__in=["handover.overtaken", "handover.caught_up"]).exists()


def test_what_else_changes_in_the_summary_tells_nobody(actor, amara, patient, lee, accepted_handover):
    patients.put_entry(
        actor(amara),
        key=uuid4(),
        patient_id=patient.pk,
        section="allergies",
        entry=Allergy(substance="Latex"),
        seen_number=None,
    )
    assert "handover.overtaken" not in told(lee)
