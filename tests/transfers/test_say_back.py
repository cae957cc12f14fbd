"""Saying back: in the receiver's own words, seen by the sender, who may correct them."""

from uuid import uuid4

import pytest

from handover.transfers import selectors, services
from live.refusals import Conflict, Denied, Invalid
from tests.fixtures_transfers import make_synthesis
from tests.transfers.acts import logged, rungs, told

pytestmark = pytest.mark.django_db


def test_the_sender_sees_what_was_understood(actor, amara, lee, patient, sent_handover, say_back):
    say_back(sent_handover, lee)
    page = selectors.handover_page(actor(amara), sent_handover.pk)
    said = page.syntheses[0]
    assert (said.person, said.illness_severity, said.first_action) == (lee, "watcher", "Lactate again")
    assert said.own_words.startswith("Septic chest")
    assert told(amara) == ["handover.said_back"]
    assert "said_back" in rungs(sent_handover.current_id, lee)
    assert logged(patient)[-1] == "handover.said_back"


def test_it_is_read_first(actor, lee, sent_handover):
    with pytest.raises(Conflict, match="Read it to the end first"):
        services.say_back(
            actor(lee),
            key=uuid4(),
            handover_id=sent_handover.pk,
            version_id=sent_handover.current_id,
            synthesis=make_synthesis(),
        )


def test_it_is_of_the_version_that_stands(actor, amara, lee, sent_handover, read):
    old = sent_handover.current_id
    services.renew_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    read(sent_handover, lee)
    with pytest.raises(Conflict, match="Read version 2"):
        services.say_back(
            actor(lee), key=uuid4(), handover_id=sent_handover.pk, version_id=old, synthesis=make_synthesis()
        )


def test_a_correction_reaches_the_receiver_who_says_it_anew(actor, amara, lee, sent_handover, say_back, accept):
    row = say_back(sent_handover, lee)
    services.correct_synthesis(
        actor(amara), key=uuid4(), synthesis_id=row.pk, text="The lactate is at 04:00, not 05:00"
    )
    assert told(lee)[-1] == "handover.corrected"
    page = selectors.handover_page(actor(lee), sent_handover.pk)
    assert page.my_synthesis.correction == "The lactate is at 04:00, not 05:00"
    assert "synthesis_corrected" in {reason.code for reason in page.gate}
    assert "accept" not in page.may
    assert "say_back" in page.may
    accept(sent_handover, lee)
    assert sent_handover.status == "accepted"


def test_a_correction_after_acceptance_locks_the_gate_until_it_is_said_anew(
    actor, amara, lee, accepted_handover, say_back
):
    row = accepted_handover.current.syntheses.get()
    services.correct_synthesis(actor(amara), key=uuid4(), synthesis_id=row.pk, text="Not today")
    with pytest.raises(Conflict, match="has to be said anew"):
        services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    say_back(accepted_handover, lee)
    assert services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id).status == "departed"


def test_it_is_corrected_once_with_words_and_by_the_sender(actor, amara, lee, sent_handover, say_back):
    row = say_back(sent_handover, lee)
    with pytest.raises(Denied):
        services.correct_synthesis(actor(lee), key=uuid4(), synthesis_id=row.pk, text="Mine")
    with pytest.raises(Invalid):
        services.correct_synthesis(actor(amara), key=uuid4(), synthesis_id=row.pk, text=" ")
    services.correct_synthesis(actor(amara), key=uuid4(), synthesis_id=row.pk, text="No")
    with pytest.raises(Conflict):
        services.correct_synthesis(actor(amara), key=uuid4(), synthesis_id=row.pk, text="No, no")


def test_nobody_says_back_what_was_accepted(actor, lee, accepted_handover):
    with pytest.raises(Conflict, match="said it back"):
        services.say_back(
            actor(lee),
            key=uuid4(),
            handover_id=accepted_handover.pk,
            version_id=accepted_handover.current_id,
            synthesis=make_synthesis(),
        )
