"""Who is busy or off duty is covered: whoever is reached instead gets the message too, where they may, and it is said.

Covering for somebody opens no patient, and lets nobody into a conversation between two.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Duty
from handover.duty.services import availability
from handover.duty.services.availability import NotReached
from handover.messaging.models import Message, Recipient
from handover.messaging.selectors.drawn import drawn
from tests.messaging.conftest import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(make_person, emergency):
    """Somebody of the emergency department who is on duty and may see its patients."""
    return make_person("ines@readback.example", "Ines Larkspur", "physician", unit=emergency)


@pytest.fixture
def busy(actor):
    """busy(person, cover=...): from now on, and this colleague is reached instead."""

    def say(person, *, cover):
        until = timezone.now() + timedelta(hours=1)
        availability.say_not_reached(actor(person), key=uuid4(), said=NotReached("busy", until, cover.pk))

    return say


def went_to(message):
    rows = Recipient.objects.filter(message=message).select_related("person", "instead_of")
    return {row.person.display_name: row.instead_of and row.instead_of.display_name for row in rows}


def test_who_is_reached_instead_of_a_holder_gets_what_went_to_the_role(
    say, open_thread, busy, role, amara, tove, colleague
):
    thread = open_thread(amara, role_id=role.pk)
    busy(tove, cover=colleague)
    message = say(amara, thread, level="urgent")
    assert went_to(message) == {"Tove Alderwick": None, "Ines Larkspur": "Tove Alderwick"}
    assert told(colleague) == ["message.sent"]


def test_they_can_read_it_there_and_the_thread_says_instead_of_whom(
    client, sign_in, say, open_thread, busy, role, amara, tove, colleague
):
    thread = open_thread(amara, role_id=role.pk)
    busy(tove, cover=colleague)
    say(amara, thread, "Please come", level="urgent")
    sign_in(client, colleague)
    page = client.get(reverse("messaging:thread", args=[thread.pk])).content.decode()
    assert "Please come" in page
    assert "Ines Larkspur (reached instead of Tove Alderwick)" in page


def test_what_is_for_information_waits_for_whom_it_is_for(say, open_thread, busy, role, amara, tove, colleague):
    thread = open_thread(amara, role_id=role.pk)
    busy(tove, cover=colleague)
    assert went_to(say(amara, thread, level="fyi")) == {"Tove Alderwick": None}


def test_of_a_patient_somebody_of_the_team_is_reached_instead(say, of_patient, busy, amara, tove, colleague):
    busy(tove, cover=colleague)
    message = say(amara, of_patient, level="emergency", people=[tove.pk])
    assert went_to(message) == {"Tove Alderwick": None, "Ines Larkspur": "Tove Alderwick"}


# Covering for somebody is said by them alone. If it opened a patient, anybody could let anybody in by going off.
def test_and_nobody_is_who_may_not_see_the_patient(
    client, sign_in, say, of_patient, busy, make_person, ward, amara, tove
):
    stranger = make_person("ruben@readback.example", "Ruben Oakshott", "physician", unit=ward)
    busy(tove, cover=stranger)
    sign_in(client, amara)
    form = client.get(reverse("messaging:thread", args=[of_patient.pk]), {"q": "tove"}).content.decode()
    assert "nobody is reached instead" in form
    assert "Ruben Oakshott" not in form
    message = say(amara, of_patient, level="emergency", people=[tove.pk])
    assert went_to(message) == {"Tove Alderwick": None}
    assert told(stranger) == []


def test_a_conversation_between_two_stays_between_them_and_its_form_says_who_stands_in(
    client, sign_in, say, between_two, busy, amara, tove, colleague
):
    busy(tove, cover=colleague)
    sign_in(client, amara)
    form = client.get(reverse("messaging:thread", args=[between_two.pk])).content.decode()
    assert "Ines Larkspur stands in, and does not get this" in form
    message = say(amara, between_two, level="urgent")
    assert went_to(message) == {"Tove Alderwick": None}
    assert not between_two.members.filter(person=colleague).exists()


def test_the_form_of_a_thread_with_a_role_says_who_is_reached(
    client, sign_in, open_thread, busy, role, amara, tove, colleague
):
    thread = open_thread(amara, role_id=role.pk)
    sign_in(client, amara)
    address = reverse("messaging:thread", args=[thread.pk])
    assert "reached instead" not in client.get(address).content.decode()
    busy(tove, cover=colleague)
    assert "reached instead: Ines Larkspur" in client.get(address).content.decode()


def test_whoever_writes_is_not_reached_instead_themselves(say, open_thread, busy, role, amara, tove):
    thread = open_thread(amara, role_id=role.pk)
    busy(tove, cover=amara)
    assert went_to(say(amara, thread, level="urgent")) == {"Tove Alderwick": None}


def test_who_covers_and_has_gone_off_duty_is_not_reached(say, open_thread, busy, role, amara, tove, colleague):
    thread = open_thread(amara, role_id=role.pk)
    busy(tove, cover=colleague)
    Duty.objects.filter(person=colleague).delete()
    message = say(amara, thread, level="urgent")
    assert went_to(message) == {"Tove Alderwick": None}
    told_of = drawn(list(Message.objects.filter(pk=message.pk).select_related("author", "thread")))[message.pk]
    assert [one["instead_of"] for one in told_of["recipients"]] == [""]
