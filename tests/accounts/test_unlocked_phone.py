"""A phone that was put down unlocked, and a PIN that goes on too long: what whoever picks it up makes of them.

Why it matters: a PIN of one's own choosing on somebody else's shift is that person's access for the rest of the day.
"""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from accounts import shifts
from accounts.models import DeviceSession, PhoneShift
from accounts.sessions import end_sessions_of
from live.acting import acting_as_system
from live.models import InboxItem
from tests.accounts.phones import on_shared_phone

PIN, OTHER_PIN = "480162", "907315"


def shown_long_ago(session):
    DeviceSession.objects.filter(pk=session.pk).update(verified=timezone.now() - timedelta(minutes=6))


def choose(client, pin):
    return client.post("/phone/pin/", {"key": uuid4(), "pin": pin, "again": pin})


@pytest.fixture
def ward_phone(client, amara, sign_in):
    """Amara is in on a shared phone, with her PIN chosen. The session."""
    on_shared_phone(client, amara)
    session = sign_in(client, amara)
    assert choose(client, PIN).status_code == 303
    return session


def test_whoever_picks_up_an_unlocked_shared_phone_chooses_no_pin_of_their_own(client, amara, ward_phone):
    shown_long_ago(ward_phone)
    assert choose(client, OTHER_PIN)["Location"].startswith("/me/confirm/")
    client.post("/phone/lock/")
    shift = PhoneShift.objects.get(person=amara, ended=None)
    assert client.post(f"/phone/{shift.pk}/", {"pin": OTHER_PIN}).status_code == 422


def test_whoever_picks_up_an_own_phone_does_not_make_it_one_that_opens_by_their_pin(client, amara, sign_in):
    shown_long_ago(sign_in(client, amara))
    assert client.post("/phone/share/", {"key": uuid4()})["Location"].startswith("/me/confirm/")
    choose(client, OTHER_PIN)
    assert not PhoneShift.objects.filter(person=amara).exists()


def test_another_pin_in_the_same_shift_is_told_to_the_person_and_the_first_is_not(client, amara, ward_phone):
    told = InboxItem.objects.filter(person_id=amara.pk, event="pin.changed")
    assert not told.exists()
    assert choose(client, OTHER_PIN).status_code == 303
    assert told.count() == 1


def test_a_phone_that_is_shared_late_gives_no_second_twelve_hours(client, amara, sign_in):
    session, signed_in = sign_in(client, amara), timezone.now() - timedelta(hours=11, minutes=55)
    DeviceSession.objects.filter(pk=session.pk).update(started=signed_in)
    client.post("/phone/share/", {"key": uuid4()})
    assert PhoneShift.objects.get(person=amara, ended=None).until == signed_in + timedelta(hours=12)


def test_a_pin_begins_no_shift(client, amara, ward_phone):
    client.post("/phone/lock/")
    shift, soon = PhoneShift.objects.get(person=amara, ended=None), timezone.now() + timedelta(hours=1)
    PhoneShift.objects.filter(pk=shift.pk).update(until=soon)
    assert client.post(f"/phone/{shift.pk}/", {"pin": PIN}).status_code == 303
    client.post("/phone/share/", {"key": uuid4()})
    assert PhoneShift.objects.get(person=amara, ended=None).until == soon


@pytest.mark.django_db(transaction=True)
def test_a_pin_that_is_being_judged_begins_no_session_after_all_have_ended(client, amara, ward_phone, monkeypatch):
    """Amara's phone is lost: an administrator signs her out everywhere while its finder's PIN is judged."""
    client.post("/phone/lock/")
    shift, judge = PhoneShift.objects.get(person=amara, ended=None), shifts.check_password
    judging, may_go_on = threading.Event(), threading.Event()

    def waiting(*args):
        judging.set()
        assert may_go_on.wait(30)
        return judge(*args)

    monkeypatch.setattr(shifts, "check_password", waiting)

    def on_a_connection_of_its_own(act):
        try:
            act()
        finally:
            connections.close_all()

    def end_all():
        with acting_as_system("test"):
            end_sessions_of(amara.pk, reason="ended_by_administrator", agent=None)

    enter = threading.Thread(
        target=on_a_connection_of_its_own, args=(lambda: client.post(f"/phone/{shift.pk}/", {"pin": PIN}),)
    )
    end = threading.Thread(target=on_a_connection_of_its_own, args=(end_all,))
    enter.start()
    assert judging.wait(30)
    end.start()  # it waits for the shift that the PIN holds
    may_go_on.set()
    enter.join(30)
    end.join(30)
    shift.refresh_from_db()
    assert shift.ended is not None
    assert not DeviceSession.objects.filter(person=amara, ended__isnull=True).exists()
