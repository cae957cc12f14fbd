"""Acts over the socket: the same services, for the person of the session as they are now."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import DeviceSession
from live import frames
from live.door import Connected
from live.refusals import Conflict, Invalid, NotFound
from tests.transfers.acts import rungs

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(actor):
    def connect(person):
        known = actor(person)
        return Connected(person_id=person.pk, session_id=known.session_id, device=known.device)

    return connect


def frame(act, handover, /, **more):
    told = {"t": "act", "act": act, "key": str(uuid4()), "handover": str(handover.pk)}
    return {**told, "version": str(handover.current_id), **more}


def test_a_phone_reads_says_back_and_accepts(connected, lee, sent_handover):
    at = connected(lee)
    frames.handle(at, frame("handover.opened", sent_handover))
    assert frames.handle(at, frame("handover.read", sent_handover)) == {"version": str(sent_handover.current_id)}
    said = {"illness_severity": "watcher", "first_action": "Lactate", "own_words": "Septic chest"}
    frames.handle(at, frame("handover.said_back", sent_handover, **said))
    digest = bytes(sent_handover.current.digest).hex()
    frames.handle(at, frame("handover.accepted", sent_handover, digest=digest))
    sent_handover.refresh_from_db()
    assert sent_handover.accepted_by == lee
    assert rungs(sent_handover.current_id, lee) == {"stored", "opened", "read", "said_back", "accepted"}


def test_it_asks_gets_an_answer_and_a_number(connected, amara, lee, sent_handover):
    asked = frames.handle(connected(lee), frame("handover.asked", sent_handover, text="Which arm?"))
    frames.handle(
        connected(amara),
        {"act": "handover.answered", "key": str(uuid4()), "question": asked["question"], "text": "Left"},
    )
    assert frames.handle(connected(lee), frame("handover.call_requested", sent_handover)) == {"number": "020 7946 0111"}


@pytest.mark.parametrize("broken", [{"handover": "x"}, {"handover": 7}, {"version": None}, {"key": ""}])
def test_it_refuses_a_frame_that_is_not_whole(connected, lee, sent_handover, broken):
    with pytest.raises(Invalid):
        frames.handle(connected(lee), frame("handover.read", sent_handover, **broken))


def test_it_refuses_a_synthesis_that_is_none(connected, lee, sent_handover, read):
    read(sent_handover, lee)
    with pytest.raises(Invalid) as refusal:
        frames.handle(
            connected(lee), frame("handover.said_back", sent_handover, illness_severity="well", own_words="x")
        )
    assert refusal.value.__context__ is None


def test_it_refuses_a_session_that_has_ended_and_a_person_it_is_not_for(connected, lee, noor, sent_handover):
    at = connected(lee)
    DeviceSession.objects.filter(pk=at.session_id).update(ended=timezone.now())
    with pytest.raises(NotFound):
        frames.handle(at, frame("handover.read", sent_handover))
    with pytest.raises(NotFound):
        frames.handle(connected(noor), frame("handover.read", sent_handover))


def test_a_refusal_names_the_act(connected, lee, sent_handover):
    with pytest.raises(Conflict) as refusal:
        frames.handle(connected(lee), frame("handover.accepted", sent_handover, digest="00"))
    assert (refusal.value.act, refusal.value.patient_id) == ("handover.accepted", sent_handover.patient_id)
