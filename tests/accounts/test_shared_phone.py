"""A phone that several people use in turn: the lock screen, the PIN of a shift, and what it opens."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import pins, shifts
from accounts.models import DeviceSession, Membership, PhoneShift, SharedPhone
from accounts.sessions import end_session, end_sessions_of, live_session_ids, why_over
from ledger.models import Event
from live.refusals import NotFound
from tests.accounts.phones import on_shared_phone

PIN, OTHER_PIN = "480162", "907315"
SIGN_IN, LOCK_SCREEN, LOCK = "/sign-in/", "/phone/", "/phone/lock/"


@pytest.fixture
def phone(client, amara):
    """The client is on a shared phone."""
    return on_shared_phone(client, amara)


@pytest.fixture
def with_pin(client, phone, sign_in):
    """with_pin(person): signs in on the phone, chooses PIN, and gives the shift. They hold the phone now."""

    def begin(person, pin=PIN):
        sign_in(client, person)
        answer = client.post("/phone/pin/", {"key": uuid4(), "pin": pin, "again": pin})
        assert answer.status_code == 303
        return PhoneShift.objects.get(person=person, ended=None)

    return begin


def enter(client, shift, pin):
    client.get(f"/phone/{shift.pk}/")  # a session that has ended meanwhile is signed out by that
    return client.post(f"/phone/{shift.pk}/", {"pin": pin})


def who_is_in(client):
    actor = client.get("/me/").wsgi_request.actor
    return actor.person if actor else None


def test_the_box_at_the_sign_in_makes_it_a_shared_phone_that_stays_one(client, amara, lee):
    client.post(SIGN_IN, {"email": amara.email, "password": "correct horse battery", "shared": "1"})
    first = DeviceSession.objects.get(person=amara)
    assert (first.kind, first.phone.marked_by) == ("shared", amara)
    cookie = client.cookies[settings.PHONE_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    # What the database keeps of the cookie is no use as a cookie.
    assert cookie.value.encode() not in bytes(first.phone.token_digest)
    client.post("/sign-out/")
    client.post(SIGN_IN, {"email": lee.email, "password": "correct horse battery"})
    assert DeviceSession.objects.get(person=lee).phone == first.phone
    assert SharedPhone.objects.count() == 1


def test_whoever_signs_in_fully_is_asked_for_a_pin_once(client, phone, amara, sign_in):
    sign_in(client, amara)
    assert client.get("/")["Location"] == "/phone/pin/"
    assert client.get("/phone/pin/").status_code == 200
    assert client.get("/")["Location"] == "/patients/"


def test_locking_ends_the_session_and_clears_the_browser_and_the_pin_opens_it_again(client, with_pin, amara):
    shift = with_pin(amara)
    before = DeviceSession.objects.get(person=amara, ended=None)
    answer = client.post(LOCK)
    assert (answer.status_code, answer["Location"]) == (303, LOCK_SCREEN)
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    before.refresh_from_db()
    assert before.end_reason == "locked"
    assert who_is_in(client) is None
    assert enter(client, shift, PIN)["Location"] == "/"
    assert who_is_in(client) == amara
    again = DeviceSession.objects.get(person=amara, ended=None)
    assert (again.kind, again.until, again.unit_id) == ("shared", shift.until, before.unit_id)


def test_the_lock_screen_names_the_people_of_this_shift_and_nobody_else(client, with_pin, amara, lee, noor):
    with_pin(amara)
    with_pin(lee)
    client.post(LOCK)
    page = client.get(LOCK_SCREEN)
    assert "Amara Thistledown" in page.content.decode()
    assert "Lee Sparrowhawk" in page.content.decode()
    assert "Noor" not in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert '"storage"' in page["Clear-Site-Data"]
    # And nobody is told of them from any other device.
    stranger = Client()
    assert stranger.get(LOCK_SCREEN)["Location"] == SIGN_IN
    shift = PhoneShift.objects.get(person=amara)
    assert stranger.get(f"/phone/{shift.pk}/")["Location"] == SIGN_IN
    assert stranger.post(f"/phone/{shift.pk}/", {"pin": PIN})["Location"] == SIGN_IN


def test_where_one_would_sign_in_a_locked_phone_shows_its_people(client, with_pin, amara):
    with_pin(amara)
    client.post(LOCK)
    assert client.get("/patients/", follow=True).redirect_chain[-1][0] == LOCK_SCREEN
    assert client.get(f"{SIGN_IN}?other=1").status_code == 200


def test_a_pin_opens_no_other_phone(with_pin, amara, lee):
    # Bound to the device: the row is looked for among the shifts of the phone that asks.
    shift = with_pin(amara)
    other = Client()
    on_shared_phone(other, lee)
    assert enter(other, shift, PIN)["Location"] == LOCK_SCREEN
    assert who_is_in(other) is None


def test_a_pin_opens_no_other_persons_shift(client, with_pin, amara, lee):
    with_pin(amara, PIN)
    of_lee = with_pin(lee, OTHER_PIN)
    client.post(LOCK)
    assert enter(client, of_lee, PIN).status_code == 422
    assert who_is_in(client) is None


def test_the_fifth_wrong_pin_ends_the_shift(client, with_pin, amara):
    shift = with_pin(amara)
    client.post(LOCK)
    for left in (4, 3, 2, 1):
        answer = enter(client, shift, OTHER_PIN)
        assert f"{left} tr" in answer.content.decode()
    answer = enter(client, shift, OTHER_PIN)
    assert "Sign in with your password" in answer.content.decode()
    assert 'id="keypad"' not in answer.content.decode()
    assert enter(client, shift, PIN)["Location"] == LOCK_SCREEN  # the right one comes too late
    assert who_is_in(client) is None
    shift.refresh_from_db()
    assert (shift.wrong, shift.end_reason) == (5, "wrong_pins")
    assert Event.objects.filter(event="session.refused", reason="wrong_pin", entity_id=shift.pk).count() == 5


def test_the_right_pin_forgives_the_wrong_ones(client, with_pin, amara):
    shift = with_pin(amara)
    client.post(LOCK)
    for _ in range(3):
        enter(client, shift, OTHER_PIN)
        enter(client, shift, OTHER_PIN)
        assert enter(client, shift, PIN).status_code == 303
        client.post(LOCK)


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_are_five_all_together(client, with_pin, amara):
    # Whoever sends twenty at once would have twenty tries, if they did not wait for one another on the shift's row.
    shift = with_pin(amara)
    client.post(LOCK)
    start, left = threading.Barrier(12), []

    def attack():
        request = RequestFactory().post("/")
        try:
            start.wait()
            left.append(shifts.enter_pin(request, shift.phone, shift_id=shift.pk, pin=OTHER_PIN).tries_left)
        except NotFound:
            left.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attack) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for number in left if number != "refused") == [0, 1, 2, 3, 4]
    assert left.count("refused") == 7


@pytest.mark.parametrize(
    ("pin", "again", "words"),
    [
        ("12345", "12345", "Six digits"),
        ("48o162", "48o162", "Six digits"),
        ("٤٨٠١٦٢", "٤٨٠١٦٢", "Six digits"),
        ("123456", "123456", "Anybody would try"),
        ("111111", "111111", "Anybody would try"),
        ("121212", "121212", "Anybody would try"),
        ("739739", "739739", "Anybody would try"),
        (PIN, OTHER_PIN, "not the same"),
    ],
)
def test_a_pin_that_is_none_or_is_guessed_first_is_refused_in_words(client, phone, amara, sign_in, pin, again, words):
    sign_in(client, amara)
    answer = client.post("/phone/pin/", {"key": uuid4(), "pin": pin, "again": again})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert PhoneShift.objects.get(person=amara).pin == ""


def test_whoever_came_in_by_pin_chooses_no_pin_and_frees_no_phone(client, with_pin, amara):
    # Six digits must not be worth the next six: a PIN that was watched would open the phone for ever.
    shift = with_pin(amara)
    client.post(LOCK)
    enter(client, shift, PIN)
    assert client.post("/phone/pin/", {"key": uuid4(), "pin": OTHER_PIN, "again": OTHER_PIN}).status_code == 409
    assert client.post("/phone/keep/", {"key": uuid4()}).status_code == 409
    client.post(LOCK)
    assert enter(client, shift, OTHER_PIN).status_code == 422


def test_a_pin_chooses_no_next_pin_also_after_another_factor_was_shown_in_its_session(client, with_pin, amara):
    # What opened the session decides, not what was shown in it last.
    shift = with_pin(amara)
    client.post(LOCK)
    enter(client, shift, PIN)
    DeviceSession.objects.filter(person=amara, ended=None).update(factor="totp")
    assert client.post("/phone/pin/", {"key": uuid4(), "pin": OTHER_PIN, "again": OTHER_PIN}).status_code == 409


def test_the_shift_ends_and_the_session_of_its_pin_with_it(client, with_pin, amara):
    shift = with_pin(amara)
    client.post(LOCK)
    enter(client, shift, PIN)
    session = DeviceSession.objects.get(person=amara, ended=None)
    past = timezone.now() - timedelta(seconds=1)
    PhoneShift.objects.filter(pk=shift.pk).update(until=past, begun=past - timedelta(hours=12))
    DeviceSession.objects.filter(pk=session.pk).update(until=past)
    session.refresh_from_db()
    assert why_over(session, timezone.now()) == "absolute_limit"
    assert live_session_ids([session.pk]) == set()
    assert enter(client, shift, PIN)["Location"] == LOCK_SCREEN
    assert "Amara" not in client.get(LOCK_SCREEN).content.decode()


@pytest.mark.parametrize("how", ["signed out", "ended elsewhere", "all ended", "another password", "left the hospital"])
def test_whoever_is_thrown_out_does_not_come_back_by_pin(client, with_pin, amara, how):
    # A session that somebody ended would begin again by six digits, if the shift did not end with it.
    shift = with_pin(amara)
    session = DeviceSession.objects.get(person=amara, ended=None)
    if how == "signed out":
        client.post("/sign-out/")
    elif how == "ended elsewhere":
        end_session(session.pk, reason="ended_by_person", agent=None)
    elif how == "all ended":
        client.post(LOCK)  # no session is left to end: the PIN must end all the same
        end_sessions_of(amara.pk, reason="ended_by_administrator", agent=None)
    elif how == "another password":
        client.post(LOCK)
        amara.set_password("another horse entirely")
        amara.save(update_fields=["password"])
    else:
        client.post(LOCK)
        amara.is_active = False
        amara.save(update_fields=["is_active"])
    assert enter(client, shift, PIN).status_code == 303
    assert who_is_in(client) is None


def test_being_idle_locks_the_phone_and_the_pin_opens_it(client, with_pin, amara):
    shift = with_pin(amara)
    old = timezone.now() - timedelta(minutes=6)
    DeviceSession.objects.filter(person=amara).update(last_seen=old)
    assert who_is_in(client) is None
    assert enter(client, shift, PIN).status_code == 303
    assert who_is_in(client) == amara


def test_the_phone_has_one_person_at_a_time_also_when_the_cookie_was_lost(client, with_pin, amara, lee, sign_in):
    shift = with_pin(amara)
    del client.cookies[settings.SESSION_COOKIE_NAME]
    sign_in(client, lee)
    assert DeviceSession.objects.get(person=amara).end_reason == "replaced"
    assert enter(client, shift, PIN).status_code == 303
    assert DeviceSession.objects.get(person=lee).end_reason == "replaced"


def test_a_unit_that_is_no_longer_theirs_is_not_worked_in(client, with_pin, amara, emergency, ward):
    shift = with_pin(amara)
    client.post(LOCK)
    amara.duties.all().delete()
    Membership.objects.filter(person=amara).update(unit=ward)
    enter(client, shift, PIN)
    assert DeviceSession.objects.get(person=amara, ended=None).unit_id == ward.pk


def test_the_pin_is_kept_as_a_hash_that_is_bound_to_its_shift(with_pin, amara):
    shift = with_pin(amara)
    assert PIN not in shift.pin
    # Whoever copies the hash to another row, or has the rows without the server's key, cannot try the million PINs.
    assert pins.bound_to(shift.pk, PIN) != pins.bound_to(uuid4(), PIN)


def test_the_database_takes_no_longer_shift_and_no_sixth_try(with_pin, amara):
    rows = PhoneShift.objects.filter(pk=with_pin(amara).pk)
    for wrong in ({"until": timezone.now() + timedelta(hours=13)}, {"wrong": 5}, {"wrong": 6}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


def test_a_shared_phone_can_be_one_persons_again(client, with_pin, amara, lee):
    with_pin(lee)
    with_pin(amara)
    answer = client.post("/phone/keep/", {"key": uuid4()})
    assert '"storage"' in answer["Clear-Site-Data"]
    assert not PhoneShift.objects.filter(ended=None).exists()
    assert not DeviceSession.objects.filter(ended=None).exists()
    assert client.get(LOCK_SCREEN)["Location"] == SIGN_IN


def test_a_device_in_hand_becomes_a_shared_phone(client, amara, sign_in):
    session = sign_in(client, amara)
    assert client.post("/phone/share/", {"key": uuid4()})["Location"] == reverse("accounts:choose_pin")
    session.refresh_from_db()
    assert session.kind == "shared"
    assert client.post("/phone/pin/", {"key": uuid4(), "pin": PIN, "again": PIN}).status_code == 303


def test_on_ones_own_device_there_is_no_lock(client, amara, sign_in):
    sign_in(client, amara)
    assert client.post(LOCK).status_code == 404
    assert client.get("/phone/pin/").status_code == 404
    assert "Lock this phone" not in client.get("/me/").content.decode()


def test_the_name_the_role_and_the_unit_stand_on_every_page_of_a_shared_phone(client, phone, amara, sign_in):
    sign_in(client, amara)
    for path in ("/patients/", "/inbox/", "/directory/", "/me/", "/phone/pin/"):
        bar = client.get(path).content.decode().split('class="bar"')[1].split('class="live"')[0]
        for words in ("Amara Thistledown", "Nurse", "Emergency Department"):
            assert words in bar, (path, words)
