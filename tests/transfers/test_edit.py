"""Editing: a new version, which those who had the old one read, say back and accept anew."""

from uuid import uuid4

import pytest

from handover.transfers import sealed, selectors, services
from handover.transfers.models import OpenAction, Responsibility
from live.refusals import Conflict, Denied, Invalid
from tests.fixtures_transfers import make_ipass
from tests.transfers.acts import logged, rungs, told

pytestmark = pytest.mark.django_db


def edited(actor, handover, person, **changes):
    """The handover with these changes of its words, by this person."""
    handover.refresh_from_db()
    ipass = sealed.document_of(handover.current, patient_id=handover.patient_id).ipass
    services.edit_handover(
        actor(person),
        key=uuid4(),
        handover_id=handover.pk,
        ipass=ipass.model_copy(update=changes),
        seen_version=handover.current.number,
    )
    handover.refresh_from_db()
    return handover


def test_the_gate_shuts_and_says_which_version_was_accepted(actor, amara, lee, accepted_handover):
    assert selectors.handover_page(actor(amara), accepted_handover.pk).is_gate_open
    edited(actor, accepted_handover, amara, situation_awareness="She fell at 03:10")
    page = selectors.handover_page(actor(amara), accepted_handover.pk)
    assert [reason.code for reason in page.gate] == ["no_synthesis", "old_version"]
    assert page.gate[1].words == "Lee Sparrowhawk accepted version 1; version 2 has not been accepted"
    with pytest.raises(Conflict, match="version 2 has not been accepted"):
        services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)


def test_the_receiver_sees_what_changed_and_only_that(actor, amara, lee, accepted_handover):
    edited(actor, accepted_handover, amara, situation_awareness="She fell at 03:10")
    assert told(lee)[-1] == "handover.edited"
    page = selectors.handover_page(actor(lee), accepted_handover.pk)
    assert [(change.part, change.before, change.after, change.kind) for change in page.changes] == [
        ("Situation awareness", "Tires quickly; the night doctor knows her", "She fell at 03:10", "changed")
    ]


def test_the_new_version_has_a_ladder_of_its_own(actor, amara, lee, patient, accepted_handover, accept):
    edited(actor, accepted_handover, amara, situation_awareness="She fell")
    assert rungs(accepted_handover.current_id, lee) == {"stored"}
    accept(accepted_handover, lee)
    assert "accepted" in rungs(accepted_handover.current_id, lee)
    assert selectors.handover_page(actor(amara), accepted_handover.pk).is_gate_open
    assert logged(patient, "handover.accepted") == ["handover.accepted"] * 2


def test_the_patient_stays_whose_they_are_while_it_is_read_again(actor, amara, lee, patient, accepted_handover):
    edited(actor, accepted_handover, amara, situation_awareness="She fell")
    assert Responsibility.objects.get(patient=patient, until__isnull=True).person == lee


def test_an_action_that_was_taken_off_the_list_no_longer_waits(actor, amara, lee, patient, accepted_handover, accept):
    document = sealed.document_of(accepted_handover.current, patient_id=patient.pk)
    edited(actor, accepted_handover, amara, action_list=document.ipass.action_list[:1])
    accept(accepted_handover, lee)
    waits = OpenAction.objects.filter(patient=patient, dropped__isnull=True, done__isnull=True)
    assert [sealed.action_of(row).what for row in waits] == ["Lactate again"]


def test_it_refuses_to_write_over_a_version_that_was_not_seen(actor, amara, make_person, emergency, sent_handover):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    edited(actor, sent_handover, colleague, situation_awareness="From Bo")
    with pytest.raises(Conflict, match="sent version 2 since"):
        services.edit_handover(
            actor(amara), key=uuid4(), handover_id=sent_handover.pk, ipass=make_ipass(), seen_version=1
        )


def test_a_colleagues_edit_reaches_the_author_and_the_colleague_watches_its_ladder(
    actor, amara, lee, make_person, emergency, sent_handover, read
):
    from live.models import InboxItem

    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    edited(actor, sent_handover, colleague, situation_awareness="From Bo")
    assert told(amara) == ["handover.edited"]
    read(sent_handover, lee)
    assert InboxItem.objects.filter(person_id=colleague.pk, event="ladder.climbed").count() == 2


def test_the_receiving_side_edits_nothing(actor, lee, sent_handover):
    with pytest.raises(Denied):
        services.edit_handover(
            actor(lee), key=uuid4(), handover_id=sent_handover.pk, ipass=make_ipass(), seen_version=1
        )


def test_a_severity_is_not_taken_away(actor, amara, sent_handover):
    with pytest.raises(Invalid):
        services.edit_handover(
            actor(amara),
            key=uuid4(),
            handover_id=sent_handover.pk,
            ipass=make_ipass(illness_severity=None),
            seen_version=1,
        )


def test_nothing_is_edited_once_the_patient_has_left_under_it(actor, amara, accepted_handover):
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    with pytest.raises(Conflict, match="left under the version"):
        edited(actor, accepted_handover, amara, situation_awareness="Late")


def test_sending_it_again_as_it_is_carries_the_new_vital_signs(
    actor, amara, lee, patient, accepted_handover, accept, put_vitals
):
    put_vitals(patient, respirations_per_min=30)
    with pytest.raises(Conflict, match="The vital signs changed since"):
        services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    page = selectors.handover_page(actor(lee), accepted_handover.pk)
    assert [change.part for change in page.changes] == ["Vital signs"]
    accept(accepted_handover, lee)
    assert services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id).departed
