"""Calling people in: everybody of some units is asked whether they come, and all of them see how many do."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Unit
from handover.messaging import selectors, services
from handover.messaging.models import Acknowledgement, Message, Thread
from handover.messaging.rules import applied
from handover.messaging.selectors.threads import snapshot
from handover.messaging.selectors.units import counts
from handover.messaging.services.phoning import answer_by_phone
from handover.reach.services import Said
from ledger.models import Event
from live import drawing
from live.models import InboxItem
from live.refusals import Conflict, Denied, Invalid
from tests.messaging.conftest import drawn_for, told
from tests.messaging.test_pages import page

__all__ = ["page"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(make_person, emergency, amara, tove):
    """Three more of the emergency department, beside Amara and Tove."""
    return [make_person(f"n{n}@readback.example", f"Nurse {n}", "nurse", unit=emergency) for n in range(3)]


@pytest.fixture
def call(actor, emergency):
    """call(person, text, units=..., level=...): the message by which they are called in."""

    def act(person, text="Bus crash, come to the front door", *, units=None, level="emergency", key=None, **more):
        asked = services.CallIn(text, level, [emergency.pk] if units is None else units, **more)
        return services.call_in(actor(person), key=key or uuid4(), call=asked)

    return act


def heads(person):
    """The count as the newest event shows it on this person's screen."""
    return drawn_for(person)[-1]["message"]["heads"]


def test_everybody_of_the_unit_is_asked_and_all_see_who_comes(call, answer, amara, tove, crowd, noor):
    message = call(amara)
    for person in (tove, *crowd):
        assert told(person) == ["message.sent"]
        assert drawn_for(person)[-1]["title"] == "Emergency: can you come?"
    assert (told(noor), told(amara)) == ([], [])
    answer(tove, message, "coming")
    answer(crowd[0], message, "coming")
    answer(crowd[1], message, "not_coming")
    for person in (amara, crowd[2]):
        assert heads(person) == {"coming": 2, "not_coming": 1, "silent": 1}


def test_who_comes_may_change_and_change_back(call, answer, amara, tove, crowd):
    message = call(amara)
    for said in ("coming", "not_coming", "coming"):
        answer(tove, message, said)
    assert heads(amara) == {"coming": 1, "not_coming": 0, "silent": 3}
    with pytest.raises(Conflict):
        answer(tove, message, "coming")


def test_it_waits_for_each_until_they_have_answered_and_for_nobody_when_it_is_taken_back(
    call, answer, actor, amara, tove, crowd
):
    message = call(amara)

    def waits(person):
        return [one.subject.id for one in selectors.waiting_messages(actor(person))]

    answer(tove, message, "not_coming")
    assert (waits(tove), waits(crowd[0])) == ([], [message.pk])
    services.retract(actor(amara), key=uuid4(), message_id=message.pk)
    assert waits(crowd[0]) == []
    assert heads(amara) is None


def test_a_screen_that_heard_each_answer_shows_what_a_new_one_would(call, answer, actor, amara, tove, crowd):
    message = call(amara)
    held, number = snapshot(actor(crowd[0]), message.thread_id), InboxItem.objects.latest("number").number
    answer(tove, message, "coming")
    answer(crowd[1], message, "not_coming")
    items = InboxItem.objects.filter(person_id=crowd[0].pk, event__in=["message.coming", "message.not_coming"])
    for item in items.order_by("number"):
        held = applied(held, drawing.draw([item])[item.pk])
    assert number
    assert held == snapshot(actor(crowd[0]), message.thread_id)


def test_it_is_sent_once_however_often_the_form_is(call, amara, tove):
    key = uuid4()
    assert call(amara, key=key).pk == call(amara, key=key).pk
    assert (Message.objects.count(), Thread.objects.count(), told(tove)) == (1, 1, ["message.sent"])


def test_who_belongs_to_two_units_is_asked_once(call, amara, tove, emergency, ward):
    Membership.objects.create(person=tove, unit=ward)
    message = call(amara, units=[emergency.pk, ward.pk])
    assert list(message.recipients.filter(person=tove).values_list("person", flat=True)) == [tove.pk]


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("text", {"text": "  "}),
        ("text", {"text": "x" * 4001}),
        ("level", {"level": "fyi"}),
        ("level", {"level": ""}),
        ("units", {"units": []}),
        ("units", {"units": [uuid4()]}),
    ],
)
def test_it_refuses_a_call_that_cannot_be_made_and_nobody_is_rung(call, amara, tove, field, more):
    with pytest.raises(Invalid) as refused:
        call(amara, **more)
    assert list(refused.value.fields) == [field]
    assert (Message.objects.count(), Thread.objects.count(), told(tove)) == (0, 0, [])


# Somebody who could call in the people of any unit could wake a hospital that is not theirs.
def test_nobody_of_another_facility_is_called_in(call, amara, facility, make_person):
    from accounts.models import Facility

    elsewhere = Unit.objects.create(
        facility=Facility.objects.create(name="Another hospital"), name="Another ward", short_name="AW"
    )
    stranger = make_person("other@readback.example", "Other Person", "nurse", unit=elsewhere)
    with pytest.raises(Invalid):
        call(amara, units=[elsewhere.pk])
    assert told(stranger) == []


def test_a_hospital_is_not_woken_by_one_tap(call, amara, tove, crowd, monkeypatch):
    monkeypatch.setattr(services.calling, "MOST_MEMBERS", 4)
    with pytest.raises(Invalid) as refused:
        call(amara)
    assert "These are 4 people, and at most 3" in refused.value.fields["units"]
    assert told(tove) == []


def test_the_sender_sees_how_many_each_unit_has_and_how_many_are_on_duty(actor, amara, tove, crowd, emergency):
    from accounts.models import Duty

    Duty.objects.exclude(person__in=[amara, crowd[0]]).delete()
    (one,) = [each for each in counts(actor(amara), at=timezone.now()) if each.unit == emergency]
    assert (one.people, one.on_duty) == (4, 1)


def test_its_answers_and_those_of_other_messages_are_not_taken_for_each_other(
    call, say, answer, actor, group, amara, tove, noor
):
    message, other = call(amara), say(amara, group, level="urgent")
    for subject, said in ((message, "owned"), (other, "coming")):
        with pytest.raises(Conflict):
            answer(tove, subject, said)
    with pytest.raises(Denied):
        answer(amara, message, "coming")
    # The database keeps it so, whoever writes.
    for subject, said in ((message, "owned"), (other, "coming")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Acknowledgement.objects.create(message=subject, person=tove, revision=0, answer=said)


def test_by_text_message_one_comes_and_may_say_otherwise_later(call, amara, tove, crowd):
    message = call(amara)
    assert "coming" in answer_by_phone(message.pk, tove.pk, Said.OWNS)
    answer_by_phone(message.pk, tove.pk, Said.PASSES)
    answer_by_phone(message.pk, tove.pk, Said.OWNS)
    assert heads(amara) == {"coming": 1, "not_coming": 0, "silent": 3}


def test_an_edited_message_is_answered_anew_by_text_message(say, group, actor, amara, tove):
    message = say(amara, group, level="urgent")
    answer_by_phone(message.pk, tove.pk, Said.PASSES)
    services.edit(actor(amara), key=uuid4(), message_id=message.pk, text="Now it is bed 9", seen_revision=0)
    answer_by_phone(message.pk, tove.pk, Said.PASSES)
    assert sorted(message.acknowledgements.values_list("revision", flat=True)) == [0, 1]


def test_it_is_on_the_record_with_whom_it_asked(call, amara, tove, crowd):
    message = call(amara)
    sent = Event.objects.get(event="message.sent", entity_id=message.pk)
    assert (sent.detail["asks"], sent.detail["recipients"]) == ("who_comes", 4)


def test_the_form_calls_them_in_and_a_refused_one_keeps_what_was_typed(page, amara, tove, emergency):
    at = page(amara)
    url = reverse("messaging:call_in")
    assert "1 person" in at.get(url).content.decode()
    refused = at.post(url, {"key": str(uuid4()), "text": "Flood on the ward", "units": [str(emergency.pk)]})
    assert refused.status_code == 422
    drawn = refused.content.decode()
    assert "Flood on the ward" in drawn
    assert f'value="{emergency.pk}" checked' in drawn
    posted = {"key": str(uuid4()), "text": "Flood on the ward", "units": [str(emergency.pk)], "level": "urgent"}
    sent = at.post(url, posted)
    assert sent.status_code == 303
    shown = page(tove).get(sent.headers["Location"]).content.decode()
    assert "I am coming" in shown
    assert "1 without an answer" in shown
