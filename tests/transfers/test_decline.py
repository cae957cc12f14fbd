"""Declining and withdrawing: back to the sender, with a reason, and nobody sees the patient because of it any more."""

from uuid import uuid4

import pytest

from handover.patients import access
from handover.transfers import selectors, services
from handover.transfers.models import Handover, Responsibility
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


def decline(actor, handover, person, reason="No monitored bed until 06:00"):
    services.decline(actor(person), key=uuid4(), handover_id=handover.pk, reason=reason)
    handover.refresh_from_db()
    return handover


def test_the_sender_learns_why_and_the_gate_says_who(actor, amara, lee, patient, sent_handover):
    decline(actor, sent_handover, lee)
    assert told(amara) == ["handover.declined"]
    page = selectors.handover_page(actor(amara), sent_handover.pk)
    assert page.decline_reason == "No monitored bed until 06:00"
    assert page.gate[0].words == "Lee Sparrowhawk declined: choose another receiver, or send it again"
    assert {"send", "edit"} <= page.may
    assert logged(patient)[-1] == "handover.declined"


def test_it_can_be_sent_again_to_another_ward_and_the_move_is_planned_anew(
    actor, lee, noor, other_ward, sent_handover, send, accept
):
    decline(actor, sent_handover, lee)
    send(sent_handover, to=noor, destination=other_ward)
    sent_handover.transfer.refresh_from_db()
    assert sent_handover.transfer.to_unit == other_ward
    assert (sent_handover.status, sent_handover.current.number) == (Handover.Status.SENT, 2)
    assert sent_handover.declined_by is None
    accept(sent_handover, noor)


def test_who_was_addressed_alone_no_longer_sees_the_patient(actor, noor, patient, draft, send):
    decline(actor, send(draft, to=noor), noor)
    assert access.relationship_for(actor(noor), patient.pk) is None
    with pytest.raises(NotFound):
        selectors.handover_page(actor(noor), draft.pk)


def test_it_takes_a_reason(actor, lee, sent_handover):
    with pytest.raises(Invalid):
        decline(actor, sent_handover, lee, reason="  ")


def test_the_sender_cannot_decline_and_nobody_declines_what_is_accepted(actor, amara, lee, accepted_handover):
    with pytest.raises(Denied):
        decline(actor, accepted_handover, amara)
    with pytest.raises(Conflict, match="accepted already"):
        decline(actor, accepted_handover, lee)


def test_declining_a_new_version_gives_the_patient_back_to_the_author(actor, amara, lee, patient, accepted_handover):
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    decline(actor, accepted_handover, lee)
    assert Responsibility.objects.get(patient=patient, until__isnull=True).person == amara
    assert {row.owner for row in patient.open_actions.all()} == {amara}


def test_who_has_the_patient_for_good_hands_them_over_instead(actor, amara, noor, draft, send, accept):
    accept(send(draft, to=noor), noor)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=draft.pk)
    with pytest.raises(Conflict, match="You have this patient"):
        decline(actor, draft, noor)


def test_withdrawing_tells_who_had_it_and_cancels_the_move(actor, amara, lee, patient, sent_handover):
    services.withdraw_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    sent_handover.refresh_from_db()
    sent_handover.transfer.refresh_from_db()
    assert (sent_handover.status, sent_handover.transfer.status) == ("withdrawn", "cancelled")
    assert told(lee) == ["handover.sent", "handover.withdrawn"]
    assert access.relationship_for(actor(lee), patient.pk) is None
    assert logged(patient)[-2:] == ["transfer.cancelled", "handover.withdrawn"]


def test_a_draft_is_withdrawn_in_silence(actor, amara, lee, draft):
    services.withdraw_handover(actor(amara), key=uuid4(), handover_id=draft.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.sealed_draft) == ("withdrawn", None)
    assert told(lee) == []


def test_what_was_accepted_is_not_withdrawn(actor, amara, accepted_handover):
    with pytest.raises(Conflict):
        services.withdraw_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    with pytest.raises(Conflict, match="cannot be taken back"):
        services.withdraw_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
