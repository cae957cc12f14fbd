"""Whoever was written to and does not look is rung as the level says, until they have answered; and never called up."""

from uuid import uuid4

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from handover.messaging import events, services
from handover.messaging.services.phoning import answer_by_phone
from handover.reach import channels
from handover.reach.models import Channel, ContactPoint, Delivery
from handover.reach.services import Said
from live.acting import acting_for
from live.refusals import Conflict, NotFound

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def everybody_is_reached(monkeypatch, tove, noor):
    """Devices, text messages and calls are set up, and Tove and Noor have all of them."""

    class Anybody:
        def __init__(self, channel):
            self.channel = channel

        def reaches(self, person_ids):
            return {each for each in person_ids if each in (tove.pk, noor.pk)}

        proves = reaches

    found = {each: Anybody(each) for each in (Channel.PUSH, Channel.SMS, Channel.VOICE)}
    monkeypatch.setattr(channels, "configured", lambda: found)


def rung(message, state="waiting"):
    rows = Delivery.objects.filter(subject_id=message.pk, state=state).order_by("channel", "person__display_name")
    return [(row.channel, row.person.display_name.split()[0]) for row in rows.select_related("person")]


@pytest.mark.parametrize(
    ("level", "ways"),
    [
        ("emergency", ["push", "sms"]),
        ("urgent", ["push", "sms"]),
        ("needs_action", ["push"]),
        ("fyi", []),
    ],
)
def test_it_rings_as_its_level_says(say, amara, between_two, level, ways):
    message = say(amara, between_two, level=level)
    assert rung(message) == [(way, "Tove") for way in ways]


def test_nobody_is_called_up_by_a_message(say, amara, group):
    say(amara, group, level="emergency")
    assert not Delivery.objects.filter(channel=Channel.VOICE).exists()


def test_who_has_answered_is_rung_no_more_and_the_others_are(say, answer, amara, tove, group):
    message = say(amara, group, level="urgent")
    answer(tove, message)
    assert rung(message) == [("push", "Noor"), ("sms", "Noor")]


def test_what_was_taken_back_rings_nobody(say, actor, amara, group):
    message = say(amara, group, level="urgent")
    services.retract(actor(amara), key=uuid4(), message_id=message.pk)
    assert rung(message) == []


@pytest.mark.parametrize(
    ("level", "ways"),
    [("emergency", ["push", "sms"]), ("urgent", ["push", "sms"]), ("needs_action", ["push"]), ("fyi", [])],
)
def test_what_is_changed_rings_again_as_its_level_did(say, actor, amara, between_two, level, ways):
    message = say(amara, between_two, "Give 5 mg", level=level)
    Delivery.objects.filter(subject_id=message.pk).update(state=Delivery.State.SENT, sent=Now())
    services.edit(actor(amara), key=uuid4(), message_id=message.pk, text="Give 0.5 mg", seen_revision=0)
    assert rung(message) == [(way, "Tove") for way in ways]
    assert len(rung(message, state="sent")) == len(ways)


def test_and_what_had_not_rung_for_the_old_words_rings_once(say, actor, amara, between_two):
    message = say(amara, between_two, "Give 5 mg", level="urgent")
    services.edit(actor(amara), key=uuid4(), message_id=message.pk, text="Give 0.5 mg", seen_revision=0)
    assert rung(message) == [("push", "Tove"), ("sms", "Tove")]


def test_whoever_owned_the_old_words_is_rung_for_the_new(say, answer, actor, amara, tove, between_two):
    message = say(amara, between_two, "Give 5 mg", level="urgent")
    answer(tove, message)
    services.edit(actor(amara), key=uuid4(), message_id=message.pk, text="Give 0.5 mg", seen_revision=0)
    assert rung(message) == [("push", "Tove"), ("sms", "Tove")]


def test_sent_twice_with_one_key_it_rings_once(say, amara, between_two):
    key = uuid4()
    for _time in range(2):
        message = say(amara, between_two, level="urgent", key=key)
    assert rung(message) == [("push", "Tove"), ("sms", "Tove")]


def test_an_answer_by_text_message_owns_it_once(say, amara, tove, between_two):
    from handover.messaging.models import Acknowledgement

    message = say(amara, between_two, level="urgent")
    assert answer_by_phone(message.pk, tove.pk, Said.OWNS) == answer_by_phone(message.pk, tove.pk, Said.OWNS)
    assert [row.answer for row in Acknowledgement.objects.filter(message=message)] == ["owned"]


def test_a_telephone_that_it_did_not_go_to_owns_nothing(say, answer, amara, lee, noor, between_two, group):
    with pytest.raises(NotFound):
        answer_by_phone(say(amara, between_two, level="urgent").pk, lee.pk, Said.OWNS)
    with pytest.raises(NotFound):
        answer_by_phone(uuid4(), noor.pk, Said.OWNS)
    message = say(amara, group, level="urgent")
    answer(noor, message)
    with pytest.raises(Conflict):
        answer_by_phone(message.pk, noor.pk, Said.OWNS)


def test_a_notification_leads_to_the_conversation_and_a_strangers_to_their_own(say, amara, tove, lee, between_two):
    message = say(amara, between_two, level="urgent")
    with acting_for(tove.pk):
        assert events.way_to(message.pk) == f"/messages/{between_two.pk}/"
    with acting_for(lee.pk):
        assert events.way_to(message.pk) == "/messages/"


def test_no_word_of_it_is_in_what_is_sent(say, amara, between_two):
    say(amara, between_two, "Lactate 4.1", level="urgent")
    assert "Lactate" not in str(list(Delivery.objects.values()))
    assert timezone.now() >= Delivery.objects.first().made
    assert not ContactPoint.objects.exists()
