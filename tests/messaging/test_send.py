"""Sending a message: whom it goes to, what is looked at first, and what stands on the record."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Person
from handover.messaging import services
from handover.messaging.models import Message, Thread, ThreadMember
from handover.messaging.rules import LONGEST
from handover.patients import access
from handover.patients.models import CareRelationship
from ledger.models import Event
from live.models import Rung
from live.refusals import Conflict, Invalid, NotFound
from tests.messaging.conftest import drawn_for, hold, told

pytestmark = pytest.mark.django_db


def recipients(message):
    return set(message.recipients.values_list("person__display_name", flat=True))


def test_it_goes_to_the_other_one_is_numbered_and_is_on_the_record(say, between_two, amara, tove):
    first, second = say(amara, between_two, "The bed is free"), say(tove, between_two, "Coming")
    assert (first.number, second.number) == (1, 2)
    assert (recipients(first), recipients(second)) == ({"Tove Alderwick"}, {"Amara Thistledown"})
    assert (told(tove), told(amara)) == (["message.sent"], ["message.sent"])
    event = Event.objects.filter(event="message.sent", agent_id=amara.pk).get()
    assert (event.entity_id, event.patient_id, event.detail["level"]) == (first.pk, None, "fyi")
    assert Rung.objects.get(subject_id=first.pk).name == "stored"


def test_the_same_two_have_one_thread_whoever_opens_it(open_thread, between_two, amara, tove):
    assert open_thread(tove, person_id=amara.pk) == open_thread(amara, person_id=tove.pk) == between_two
    assert Thread.objects.count() == 1


def test_the_same_key_again_is_the_same_message_and_for_another_thread_a_conflict(say, between_two, group, amara):
    key = uuid4()
    first = say(amara, between_two, key=key)
    assert say(amara, between_two, key=key) == first
    with pytest.raises(Conflict):
        say(amara, group, key=key)
    assert Message.objects.count() == 1


def test_the_words_lie_sealed_under_the_patients_key_or_the_threads(say, of_patient, between_two, amara, tove):
    from handover.messaging.sealed import text_of
    from vault.models import DataKey

    about = say(amara, of_patient, "Less breathless", people=[tove.pk])
    other = say(amara, between_two, "The bed is free")
    assert b"breathless" not in bytes(about.sealed)
    assert b"bed is free" not in bytes(other.sealed)
    assert text_of(other, thread=between_two) == "The bed is free"
    assert DataKey.objects.filter(scope_kind="thread", scope_id=between_two.pk).count() == 1
    assert not DataKey.objects.filter(scope_kind="thread", scope_id=of_patient.pk).exists()


def test_a_screen_gets_it_whole_with_the_read_on_the_record(say, of_patient, amara, tove, patient):
    say(amara, of_patient, "NEWS2 is 7", level="urgent", people=[tove.pk])
    [view] = drawn_for(tove)
    assert view["message"]["text"] == "NEWS2 is 7"
    assert "FENWICKLE" in view["line"]
    assert "4471 0893" in view["line"]
    assert (view["title"], view["tone"]) == ("Urgent message", "alert")
    event = Event.objects.filter(event="message.read", agent_id=tove.pk).get()
    assert event.patient_id == patient.pk
    assert event.relationship_ids


def test_who_is_written_to_about_a_patient_may_see_them_for_a_day(say, of_patient, amara, noor, patient, actor):
    message = say(amara, of_patient, "Please see her", level="urgent", people=[noor.pk])
    row = CareRelationship.objects.get(reason="thread_member")
    assert (row.person, row.source_id) == (noor, message.pk)
    assert timedelta(hours=23) < row.ends - timezone.now() <= timedelta(hours=24)
    assert access.patient_for(actor(noor), patient.pk).patient == patient
    assert drawn_for(noor)[0]["message"]["text"] == "Please see her"


def test_whoever_sees_the_patient_anyway_gets_no_row_more(say, of_patient, amara, tove):
    say(amara, of_patient, people=[tove.pk])
    assert not CareRelationship.objects.filter(reason="thread_member").exists()


def test_who_left_between_sending_and_delivery_gets_nothing_of_it(say, group, actor, amara, noor, tove):
    say(amara, group, "For the night")
    services.remove_member(actor(amara), key=uuid4(), thread_id=group.pk, person_id=noor.pk)
    assert [view for view in drawn_for(noor) if view] == []
    assert drawn_for(tove)[1]["message"]["text"] == "For the night"


def test_whose_relationship_ended_before_delivery_gets_nothing_of_it(say, of_patient, amara, noor):
    say(amara, of_patient, "Please see her", people=[noor.pk])
    CareRelationship.objects.filter(reason="thread_member").update(ends=timezone.now())
    assert drawn_for(noor) == [None]


def test_it_goes_to_whoever_holds_the_role_now(say, of_patient, role, amara, tove):
    message = say(amara, of_patient, "Please come", level="emergency", role_id=role.pk)
    assert recipients(message) == {"Tove Alderwick"}
    assert message.to_role == role


def test_a_role_that_nobody_holds_is_refused_with_its_name(say, of_patient, role, amara):
    from handover.duty.models import ScheduleChange

    ScheduleChange.objects.all().update(undone=timezone.now())
    with pytest.raises(Invalid) as refusal:
        say(amara, of_patient, role_id=role.pk)
    assert refusal.value.code == "role_with_nobody"
    assert "Doctor on call" in refusal.value.fields["to"]
    assert Thread.objects.get(pk=of_patient.pk).last_number == 0


def test_a_thread_with_a_role_goes_to_the_next_who_holds_it_and_no_more_to_the_one_before(
    say, open_thread, role, amara, tove, make_person, emergency
):
    next_one = make_person("wren@readback.example", "Wren Marigold", "physician", unit=emergency)
    thread = open_thread(amara, role_id=role.pk)
    say(amara, thread, "Are the films back?")
    hold(role, next_one, timezone.now(), timezone.now() + timedelta(hours=5))
    assert recipients(say(amara, thread, "Still waiting")) == {"Wren Marigold"}
    with pytest.raises(NotFound):
        say(tove, thread, "Not mine any more")
    assert recipients(say(next_one, thread, "They are")) == {"Amara Thistledown"}


def test_it_mentions_by_the_whole_name(say, group, amara, noor, tove):
    say(amara, group, "@Noor Wintergreen please look in")
    assert drawn_for(noor)[-1]["title"] == "Message for your information, mentions you"
    assert drawn_for(tove)[-1]["title"] == "Message for your information"


def test_a_mention_in_a_patients_thread_goes_to_them_too(say, of_patient, amara, tove, make_person, emergency):
    other = make_person("wren@readback.example", "Wren Marigold", "nurse", unit=emergency)
    say(amara, of_patient, people=[tove.pk])
    say(other, of_patient, "I am with her", people=[amara.pk])
    message = say(amara, of_patient, "Thanks @wren marigold", people=[tove.pk])
    assert recipients(message) == {"Tove Alderwick", "Wren Marigold"}


@pytest.mark.parametrize("text", ["", "   \n ", "\u202e\u200f", "\x00\x07"])
def test_it_refuses_no_words(say, between_two, amara, text):
    with pytest.raises(Invalid) as refusal:
        say(amara, between_two, text)
    assert "text" in refusal.value.fields
    assert not Message.objects.exists()


def test_it_refuses_64_kib_and_says_how_many_fit(say, between_two, amara):
    with pytest.raises(Invalid) as refusal:
        say(amara, between_two, "x" * 65536)
    assert str(LONGEST) in refusal.value.fields["text"]
    assert say(amara, between_two, "x" * LONGEST).number == 1


def test_it_keeps_no_character_that_turns_the_order_of_what_is_read(say, between_two, amara, tove):
    say(amara, between_two, "K\u202e5.2\u202c was\x00 5.2\r\nnow <b>6.1</b>")
    assert drawn_for(tove)[0]["message"]["text"] == "K5.2 was 5.2\nnow <b>6.1</b>"


@pytest.mark.parametrize(
    ("level", "needs_by", "field"),
    [
        ("", None, "level"),
        ("stat", None, "level"),
        ("needs_action", None, "needs_by"),
        ("needs_action", timezone.now() - timedelta(hours=1), "needs_by"),
    ],
)
def test_it_refuses_what_has_no_level_or_no_time(say, between_two, amara, level, needs_by, field):
    with pytest.raises(Invalid) as refusal:
        say(amara, between_two, level=level, needs_by=needs_by)
    assert field in refusal.value.fields


def test_it_refuses_somebody_who_does_not_work_here_any_more(say, between_two, of_patient, amara, tove):
    Person.objects.filter(pk=tove.pk).update(is_active=False)
    for refused in (lambda: say(amara, between_two), lambda: say(amara, of_patient, people=[tove.pk])):
        with pytest.raises(Invalid) as refusal:
            refused()
        assert refusal.value.code == "has_left"


def test_it_refuses_a_message_that_nobody_would_get(say, of_patient, amara):
    with pytest.raises(Invalid) as refusal:
        say(amara, of_patient)
    assert refusal.value.code == "to_nobody"


# The attack: somebody who is neither of the team nor in the thread knows its id. Absent and not theirs are one answer.
def test_whoever_it_is_not_for_gets_the_answer_of_an_absent_thread(say, between_two, of_patient, noor):
    said = []
    for thread in (between_two, of_patient, Thread(id=uuid4())):
        with pytest.raises(NotFound) as refusal:
            say(noor, thread)
        said.append(refusal.value.message)
    assert len(set(said)) == 1


def test_a_role_without_patients_can_not_be_written_to(open_thread, amara, officer):
    with pytest.raises(Invalid):
        open_thread(amara, person_id=officer.pk)


def test_a_group_has_a_title_and_people_who_come_and_go(open_thread, actor, say, amara, tove, noor, lee):
    group = open_thread(amara, people=[tove.pk], title="Night\u202e team")
    assert told(tove) == ["thread.member_added"]
    services.add_member(actor(tove), key=uuid4(), thread_id=group.pk, person_id=lee.pk)
    assert recipients(say(amara, group)) == {"Tove Alderwick", "Lee Sparrowhawk"}
    services.remove_member(actor(lee), key=uuid4(), thread_id=group.pk, person_id=lee.pk)
    assert recipients(say(amara, group)) == {"Tove Alderwick"}
    assert ThreadMember.objects.get(person=lee).until is not None
    with pytest.raises(Invalid):
        open_thread(amara, people=[tove.pk], title=" \n ")


# -- the wrong patient --


@pytest.fixture
def larkspur(make_patient, emergency):
    return make_patient(emergency, family="Larkspur", given="Ivo", record_number="5520 7781")


@pytest.mark.parametrize("text", ["Larkspur is breathless", "give LÁRKSPUR's son a call", "MRN 55207781 please"])
def test_it_asks_before_it_names_another_patient_of_the_list(say, of_patient, larkspur, amara, tove, text):
    with pytest.raises(Conflict) as refusal:
        say(amara, of_patient, text, people=[tove.pk])
    assert refusal.value.code == "names_another"
    # A refusal is in logs and on screens that nobody recorded: it names nobody.
    assert "arkspur" not in refusal.value.message.casefold()
    assert say(amara, of_patient, text, people=[tove.pk], is_checked=True).number == 1
    assert Event.objects.filter(event="message.sent", agent_id=amara.pk).get().detail["checked"] == "names_another"


def test_it_does_not_ask_about_the_patient_whom_it_is_about(say, of_patient, larkspur, amara, tove):
    assert say(amara, of_patient, "Fenwickle, 4471 0893: less breathless", people=[tove.pk]).number == 1


def test_it_asks_before_a_patient_is_named_where_no_patient_belongs(say, between_two, larkspur, amara):
    with pytest.raises(Conflict):
        say(amara, between_two, "Is Larkspur yours?")


def test_it_does_not_ask_about_a_patient_who_is_not_on_the_senders_list(say, between_two, make_patient, ward, amara):
    make_patient(ward, family="Quickbeam")
    assert say(amara, between_two, "Quickbeam").number == 1


# -- forwarding --


def test_what_was_said_of_a_patient_is_forwarded_to_others_in_their_thread(say, of_patient, amara, tove, noor, actor):
    first = say(amara, of_patient, "Lactate 4.1", people=[tove.pk])
    again = services.forward(
        actor(tove),
        key=uuid4(),
        message_id=first.pk,
        thread_id=of_patient.pk,
        said=services.Said("", "urgent"),
        to=services.To([noor.pk]),
    )
    assert (again.forwarded_from, recipients(again)) == (first, {"Noor Wintergreen"})
    assert drawn_for(noor)[0]["message"]["text"] == "Lactate 4.1"
    event = Event.objects.filter(event="message.forwarded", agent_id=tove.pk).get()
    assert event.detail["from"] == str(first.pk)


def test_what_was_said_of_a_patient_leaves_their_thread_by_no_forwarding(
    say, of_patient, between_two, amara, tove, actor
):
    first = say(amara, of_patient, "Lactate 4.1", people=[tove.pk])
    with pytest.raises(Conflict) as refusal:
        services.forward(
            actor(tove), key=uuid4(), message_id=first.pk, thread_id=between_two.pk, said=services.Said("", "fyi")
        )
    assert refusal.value.code == "other_patient"
