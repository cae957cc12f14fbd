"""Messages over the socket: the same services, for the person of the session as they are now."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import DeviceSession
from handover.messaging.models import Acknowledgement, Message
from live import frames
from live.door import Connected
from live.models import Rung
from live.refusals import Invalid, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(actor):
    def connect(person):
        known = actor(person)
        return Connected(person_id=person.pk, session_id=known.session_id, device=known.device)

    return connect


def frame(act, **more):
    return {"t": "act", "act": act, "key": str(uuid4()), **more}


def sent(thread, /, **more):
    told = {"thread": str(thread.pk), "text": "Please come", "level": "urgent"}
    return frame("message.sent", **{**told, **more})


def test_a_message_is_sent_opened_and_owned(connected, of_patient, amara, tove):
    message = frames.handle(connected(amara), sent(of_patient, people=[str(tove.pk)]))
    assert message["number"] == 1
    at = connected(tove)
    assert frames.handle(at, frame("message.opened", thread=str(of_patient.pk), number=1)) == {"opened": 1}
    owned = frame("message.acknowledged", message=message["message"], answer="owned", revision=0)
    assert frames.handle(at, owned) == {"acknowledgement": str(Acknowledgement.objects.get().pk)}
    assert set(Rung.objects.filter(person_id=tove.pk).values_list("name", flat=True)) == {
        "stored",
        "opened",
        "acknowledged",
    }


def test_the_same_frame_again_is_the_same_message(connected, between_two, amara):
    told = sent(between_two, level="needs_action", needs_by=(timezone.now() + timedelta(hours=1)).isoformat())
    assert frames.handle(connected(amara), told) == frames.handle(connected(amara), told)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"thread": 7},
        {"key": ""},
        {"text": ["x"]},
        {"people": "all"},
        {"people": [7]},
        {"role": "doctor"},
        {"needs_by": 5},
        {"needs_by": "2126-01-01T09:00"},
        {"needs_by": "2126-99-01T09:00Z"},
        {"level": None},
        {"text": "x" * 65536},
    ],
)
def test_it_refuses_a_frame_that_is_not_whole(connected, between_two, amara, broken):
    with pytest.raises(Invalid):
        frames.handle(connected(amara), sent(between_two, **broken))
    assert not Message.objects.exists()


@pytest.mark.parametrize("number", [True, -1, 2**40, "1", None])
def test_it_refuses_a_number_that_is_none(connected, between_two, amara, number):
    with pytest.raises(Invalid):
        frames.handle(connected(amara), frame("message.opened", thread=str(between_two.pk), number=number))


def test_it_refuses_a_session_that_has_ended_and_a_person_it_is_not_for(connected, between_two, amara, noor):
    at = connected(amara)
    DeviceSession.objects.filter(pk=at.session_id).update(ended=timezone.now())
    for who in (at, connected(noor)):
        with pytest.raises(NotFound):
            frames.handle(who, sent(between_two))
