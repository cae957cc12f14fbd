"""Who looks at a conversation, and who types in it: for those who may read it, and for nobody's record."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import DeviceSession
from handover.messaging.frames import PRESENT_IN
from ledger.models import Event
from live import frames, whispers
from live.acting import acting_for
from live.door import Connected
from live.hub import HUB
from live.refusals import Invalid, NotFound
from live.whispers import circle_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def whispered(monkeypatch):
    """What the hub is given to pass on, and whom it knows to be there."""
    heard, there = [], []
    monkeypatch.setattr(HUB, "whisper", heard.append)
    monkeypatch.setattr(HUB, "present", lambda kind, subject_id: there)
    return heard, there


@pytest.fixture
def present(actor):
    def say(person, thread, what="typing", /, **more):
        known = actor(person)
        connected = Connected(person_id=person.pk, session_id=known.session_id, device=known.device)
        told = {
            "t": "act",
            "act": "thread.present",
            "key": str(uuid4()),
            "thread": str(thread.pk),
            "what": what,
            **more,
        }
        with acting_for(person.pk):
            return frames.handle(connected, told)

    return say


def test_it_is_passed_on_and_answered_with_who_is_there(whispered, present, group, amara, tove, noor):
    heard, there = whispered
    there += [amara.pk, noor.pk]
    assert present(amara, group) == {"present": [{"person": str(noor.pk), "name": noor.display_name}]}
    assert [(one.kind, one.subject_id, one.person_id, one.what) for one in heard] == [
        (PRESENT_IN, group.pk, amara.pk, "typing")
    ]


# The attack: whoever may not read a conversation says that they are in it, or asks who is.
@pytest.mark.parametrize("who", ["lee", "officer", "admin_person", "agent_person"])
def test_who_may_not_read_is_neither_heard_nor_told(whispered, present, request, of_patient, between_two, group, who):
    heard, there = whispered
    person = request.getfixturevalue(who)
    there.append(person.pk)
    for thread in (of_patient, between_two, group):
        with pytest.raises(NotFound):
            present(person, thread)
        assert circle_of(PRESENT_IN, thread.pk, [person.pk]) == {}
    with pytest.raises(NotFound):
        present(person, of_patient, thread=str(uuid4()))
    assert heard == []


def test_who_has_left_a_group_is_in_no_circle_at_once(group, amara, noor):
    assert set(circle_of(PRESENT_IN, group.pk, [amara.pk, noor.pk])) == {amara.pk, noor.pk}
    group.members.filter(person=noor).update(until=timezone.now())
    assert set(circle_of(PRESENT_IN, group.pk, [amara.pk, noor.pk])) == {amara.pk}
    assert circle_of(PRESENT_IN, uuid4(), [amara.pk]) == {}


@pytest.mark.parametrize(
    "broken", [{"what": ""}, {"what": "<b>"}, {"what": ["here"]}, {"what": None}, {"thread": 7}, {"thread": "x"}]
)
def test_a_frame_that_is_not_whole_is_refused(whispered, present, group, amara, broken):
    with pytest.raises(Invalid):
        present(amara, group, **broken)
    assert whispered[0] == []


# Typing says when somebody was at a patient's conversation to the second: it must be kept nowhere, and wake no session.
def test_nothing_of_it_is_kept(whispered, present, of_patient, amara, actor):
    session_id = actor(amara).session_id
    long_ago = timezone.now() - timedelta(minutes=3)
    DeviceSession.objects.filter(pk=session_id).update(last_seen=long_ago)
    before = set(Event.objects.values_list("id", flat=True))
    for what in whispers.WORDS:
        present(amara, of_patient, what)
    assert set(Event.objects.values_list("id", flat=True)) == before
    assert DeviceSession.objects.get(pk=session_id).last_seen == long_ago
