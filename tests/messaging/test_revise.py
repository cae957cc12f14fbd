"""An edit and a retraction leave a trace, and whoever had read the old words is told and asked anew."""

from uuid import uuid4

import pytest

from handover.messaging import services
from handover.messaging.models import Message, Revision
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.messaging.conftest import drawn_for, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def edit(actor):
    def edit_it(person, message, text, *, seen=0, **more):
        return services.edit(actor(person), key=uuid4(), message_id=message.pk, text=text, seen_revision=seen, **more)

    return edit_it


@pytest.fixture
def retract(actor):
    def take_back(person, message):
        return services.retract(actor(person), key=uuid4(), message_id=message.pk)

    return take_back


def test_whoever_got_it_and_whoever_read_it_is_told(say, edit, of_patient, actor, amara, tove, make_person, emergency):
    reader = make_person("wren@readback.example", "Wren Marigold", "nurse", unit=emergency)
    message = say(amara, of_patient, "K 5.2", people=[tove.pk])
    services.see(actor(reader), thread_id=of_patient.pk, number=1)
    edit(amara, message, "K 6.2")
    assert told(tove) == ["message.sent", "message.edited"]
    assert told(reader) == ["message.edited"]
    assert drawn_for(reader)[0]["message"]["text"] == "K 6.2"
    assert drawn_for(reader)[0]["message"]["state"] == "edited"


def test_what_was_written_first_stays_for_the_record(say, edit, between_two, amara):
    message = say(amara, between_two, "K 5.2")
    before = bytes(Message.objects.get(pk=message.pk).sealed)
    edit(amara, message, "K 6.2")
    assert bytes(Message.objects.get(pk=message.pk).sealed) == before
    assert Revision.objects.get().number == 1
    assert Event.objects.filter(event="message.edited", agent_id=amara.pk).get().detail["revision"] == 1


def test_an_edit_asks_anew(say, edit, answer, between_two, amara, tove):
    message = say(amara, between_two, "K 5.2", level="urgent")
    answer(tove, message)
    edit(amara, message, "K 6.2")
    assert drawn_for(tove)[-1]["message"]["standing"] == "waiting"
    with pytest.raises(Conflict) as refusal:
        answer(tove, message, "done", revision=0)
    assert refusal.value.code == "old_revision"
    assert answer(tove, message).revision == 1


def test_what_was_taken_back_is_shown_to_nobody_and_asks_nothing(say, retract, answer, between_two, amara, tove):
    message = say(amara, between_two, "For the wrong patient", level="urgent")
    retract(amara, message)
    view = drawn_for(tove)[-1]
    assert view["title"] == "A message was taken back"
    assert (view["message"]["text"], view["message"]["state"], view["message"]["standing"]) == ("", "retracted", "")
    with pytest.raises(Conflict):
        answer(tove, message)


def test_only_its_author_changes_a_message_and_only_as_it_stands(say, edit, retract, between_two, amara, tove, noor):
    message = say(amara, between_two, "K 5.2")
    for act in (lambda person: edit(person, message, "K 6.2"), lambda person: retract(person, message)):
        with pytest.raises(Denied):
            act(tove)
        with pytest.raises(NotFound):
            act(noor)
    edit(amara, message, "K 6.2")
    with pytest.raises(Conflict) as refusal:
        edit(amara, message, "K 7.2", seen=0)
    assert refusal.value.code == "old_revision"
    retract(amara, message)
    for act in (lambda: edit(amara, message, "K 7.2", seen=2), lambda: retract(amara, message)):
        with pytest.raises(Conflict):
            act()


def test_an_edit_is_looked_at_as_a_message_is(say, edit, of_patient, make_patient, emergency, amara, tove):
    make_patient(emergency, family="Larkspur")
    message = say(amara, of_patient, people=[tove.pk])
    with pytest.raises(Invalid):
        edit(amara, message, " \n")
    with pytest.raises(Conflict) as refusal:
        edit(amara, message, "Larkspur is better")
    assert refusal.value.code == "names_another"
    assert edit(amara, message, "Larkspur is better", is_checked=True).number == 1


def test_the_same_key_again_is_the_same_edit(say, between_two, actor, amara):
    message, key = say(amara, between_two, "K 5.2"), uuid4()
    told_key = {"key": key, "message_id": message.pk, "text": "K 6.2", "seen_revision": 0}
    assert services.edit(actor(amara), **told_key) == services.edit(actor(amara), **told_key)
    assert Revision.objects.count() == 1
