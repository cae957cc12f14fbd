"""Arriving, cancelling, coming back: where the patient is, who sees them and who has them afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.patients import access
from handover.patients.models import Encounter
from handover.patients.sealed import headline_of
from handover.transfers import selectors, services
from handover.transfers.models import Handover, Responsibility
from live.refusals import Conflict, Denied, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def under_way(actor, amara, accepted_handover):
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    accepted_handover.refresh_from_db()
    return accepted_handover


def arrive(actor, handover, person):
    return services.arrive(actor(person), key=uuid4(), transfer_id=handover.transfer_id)


def holder(patient):
    return Responsibility.objects.get(patient=patient, until__isnull=True)


def test_the_ward_has_the_patient_in_the_bed_that_was_planned(actor, amara, lee, ward, patient, under_way):
    arrive(actor, under_way, lee)
    patient.refresh_from_db()
    assert Encounter.objects.get(patient=patient, status="active").unit == ward
    assert headline_of(patient).bed == "4"
    assert access.relationship_for(actor(lee), patient.pk).reason == "unit_has_patient"
    assert told(amara)[-1] == "transfer.arrived"
    assert holder(patient).person == lee
    assert logged(patient)[-1] == "transfer.arrived"


def test_the_unit_they_left_no_longer_sees_them_and_the_author_for_one_more_day(
    actor, amara, lee, make_person, emergency, patient, under_way
):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    arrive(actor, under_way, lee)
    assert access.relationship_for(actor(colleague), patient.pk) is None
    assert selectors.handover_page(actor(amara), under_way.pk).transfer.transfer.status == "arrived"
    row = patient.relationships.get(reason="handover_author")
    assert timedelta(hours=23) < row.ends - timezone.now() < timedelta(hours=25)


def test_a_colleague_of_the_ward_records_it_and_the_sender_does_not(actor, amara, noor, make_person, ward, under_way):
    for person, refusal in ((amara, Denied), (noor, NotFound)):
        with pytest.raises(refusal):
            arrive(actor, under_way, person)
    colleague = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward, on_duty=False)
    assert arrive(actor, under_way, colleague).arrived_by == colleague


def test_nobody_arrives_who_has_not_left(actor, lee, accepted_handover):
    with pytest.raises(Conflict, match="not left yet"):
        arrive(actor, accepted_handover, lee)


def test_a_cancelled_move_gives_the_patient_back_and_takes_the_handover_away(
    actor, amara, lee, make_person, emergency, patient, accepted_handover
):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    services.cancel_transfer(actor(colleague), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    accepted_handover.refresh_from_db()
    assert (accepted_handover.status, accepted_handover.transfer.status) == ("withdrawn", "cancelled")
    assert holder(patient).person == colleague
    assert {row.owner for row in patient.open_actions.all()} == {colleague}
    assert told(lee)[-1] == told(amara)[-1] == "transfer.cancelled"
    assert access.relationship_for(actor(lee), patient.pk) is None
    assert logged(patient)[-3:] == ["responsibility.passed", "handover.withdrawn", "transfer.cancelled"]


def test_after_a_cancelled_move_a_new_handover_goes_out(
    actor, amara, lee, ward, patient, accepted_handover, write_draft, send, accept
):
    services.cancel_transfer(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    again = send(write_draft(amara, patient), to=ward, destination=ward)
    accept(again, lee)
    assert holder(patient).person == lee


def test_who_comes_back_is_whose_record_it_is(actor, amara, lee, patient, under_way):
    services.return_patient(actor(amara), key=uuid4(), transfer_id=under_way.transfer_id)
    under_way.refresh_from_db()
    assert (under_way.status, under_way.transfer.status) == (Handover.Status.ACCEPTED, "returned")
    assert holder(patient).person == amara
    assert Encounter.objects.get(patient=patient, status="active").unit == under_way.author_unit
    assert told(lee)[-1] == "transfer.returned"
    assert access.relationship_for(actor(lee), patient.pk) is None


def test_the_receiving_side_neither_cancels_nor_returns(actor, lee, accepted_handover):
    with pytest.raises(Denied):
        services.cancel_transfer(actor(lee), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    with pytest.raises(Denied):
        services.return_patient(actor(lee), key=uuid4(), transfer_id=accepted_handover.transfer_id)


def test_a_patient_on_the_way_is_not_cancelled_and_one_who_is_here_does_not_come_back(actor, amara, accepted_handover):
    with pytest.raises(Conflict, match="not left yet"):
        services.return_patient(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    with pytest.raises(Conflict, match="already left"):
        services.cancel_transfer(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)


@pytest.mark.parametrize("way", ["withdrawn", "cancelled", "returned"])
def test_who_wrote_what_leads_nowhere_sees_the_patient_for_one_more_day_only(actor, amara, patient, request, way):
    handover = request.getfixturevalue(
        {"withdrawn": "sent_handover", "cancelled": "accepted_handover"}.get(way, "under_way")
    )
    if way == "withdrawn":
        services.withdraw_handover(actor(amara), key=uuid4(), handover_id=handover.pk)
    else:
        act = services.cancel_transfer if way == "cancelled" else services.return_patient
        act(actor(amara), key=uuid4(), transfer_id=handover.transfer_id)
    row = patient.relationships.get(reason="handover_author")
    assert row.ends is not None
    assert row.ends <= timezone.now() + timedelta(hours=24)
