"""The lock screen of a shared phone by passkey: whose opens it, when, and what it is worth.

The authenticator here is the test's own: it signs as the WebAuthn standard says, so that an attacker's answer can be
built byte by byte. The journey (tests/journeys/) shows the same in a browser.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceSession, PhoneShift
from accounts.sessions import end_sessions_of
from accounts.stepup import is_fresh
from ledger.models import Event
from tests.accounts.phones import on_shared_phone
from tests.factors.authenticator import Authenticator

pytestmark = pytest.mark.django_db
HOST = {"headers": {"host": "localhost", "accept": "application/json"}}


@pytest.fixture
def shift_of(client, amara, sign_in):
    """shift_of(person): they have signed in fully on the client's shared phone, which is locked again."""
    on_shared_phone(client, amara)

    def begin(person):
        sign_in(client, person)
        client.post("/phone/lock/")
        return PhoneShift.objects.get(person=person, ended=None)

    return begin


def asked(client, shift):
    answer = client.post(f"/phone/{shift.pk}/passkey/begin/", **HOST)
    assert answer.status_code == 200
    return answer.json()


def show(client, shift, answer):
    return client.post(f"/phone/{shift.pk}/passkey/", answer, "application/json", **HOST)


def live(person):
    return DeviceSession.objects.filter(person=person, ended=None)


def test_the_passkey_of_whose_name_was_tapped_opens_the_phone_for_them(client, shift_of, amara):
    key = Authenticator(amara)
    shift = shift_of(amara)
    answer = show(client, shift, key.answer(asked(client, shift)))
    assert answer.json() == {"ok": True, "location": "/"}
    session = live(amara).get()
    assert (session.factor, session.opened_by, session.until) == ("passkey", "passkey", shift.until)
    assert client.get("/")["Location"] == "/patients/"
    shift.refresh_from_db()
    assert shift.ended is None


def test_it_is_as_fresh_as_a_full_sign_in_and_chooses_the_next_pin(client, shift_of, amara):
    key = Authenticator(amara)
    shift = shift_of(amara)
    show(client, shift, key.answer(asked(client, shift)))
    assert is_fresh(live(amara).get(), at=timezone.now())
    answer = client.post("/phone/pin/", {"key": uuid4(), "pin": "480162", "again": "480162"})
    assert answer.status_code == 303


def test_the_passkey_of_anybody_else_is_refused_and_on_the_record(client, shift_of, amara, lee):
    # Lee works on this phone too, and his passkey is a good one: it must not open Amara's shift, nor his own by that.
    Authenticator(amara)
    foreign = Authenticator(lee)
    shift_of(lee)
    shift = shift_of(amara)
    answer = show(client, shift, foreign.answer(asked(client, shift)))
    assert answer.status_code == 422
    assert "not recognised" in answer.json()["message"]
    assert not DeviceSession.objects.filter(ended=None).exists()
    refused = Event.objects.get(event="session.verified", outcome="refused", entity_id=shift.pk)
    assert refused.reason == "passkey"


def test_an_answer_counts_once(client, shift_of, amara):
    key = Authenticator(amara)
    shift = shift_of(amara)
    answer = key.answer(asked(client, shift))
    assert show(client, shift, answer).status_code == 200
    client.post("/phone/lock/")
    assert show(client, shift, answer).status_code == 422  # nothing was asked
    asked(client, shift)
    assert show(client, shift, answer).status_code == 422  # something else was asked
    assert not live(amara).exists()


def test_a_wrong_answer_uses_up_what_was_asked(client, shift_of, amara):
    # Otherwise one question would bear any number of guesses.
    key = Authenticator(amara)
    shift = shift_of(amara)
    options = asked(client, shift)
    assert show(client, shift, key.answer(options, origin="https://elsewhere.example")).status_code == 422
    assert show(client, shift, key.answer(options)).status_code == 422
    assert not live(amara).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_verified": False},
        {"origin": "https://elsewhere.example"},
        {"name": "elsewhere.example"},
        {"kind": "webauthn.create"},
    ],
)
def test_without_the_finger_or_for_another_site_it_opens_nothing(client, shift_of, amara, wrong):
    key = Authenticator(amara)
    shift = shift_of(amara)
    assert show(client, shift, key.answer(asked(client, shift), **wrong)).status_code == 422
    assert not live(amara).exists()


def test_what_one_name_was_asked_opens_no_other_name(client, shift_of, amara, lee):
    # The question is bound to a person: Lee's answer to Lee's question is no answer on Amara's page, nor the reverse.
    Authenticator(amara)
    key = Authenticator(lee)
    of_lee = shift_of(lee)
    of_amara = shift_of(amara)
    answer = key.answer(asked(client, of_lee))
    assert show(client, of_amara, answer).status_code == 422
    assert not DeviceSession.objects.filter(ended=None).exists()


def test_what_the_sign_in_page_asked_opens_no_lock_screen(client, shift_of, amara):
    key = Authenticator(amara)
    shift = shift_of(amara)
    options = client.post("/sign-in/passkey/begin/", **HOST).json()
    assert show(client, shift, key.answer(options)).status_code == 422
    assert not live(amara).exists()


def test_it_opens_no_other_phone_and_no_device_that_is_not_shared(client, shift_of, amara, lee):
    Authenticator(amara)
    shift = shift_of(amara)
    other = Client()
    on_shared_phone(other, lee)
    for stranger in (other, Client()):
        for path in ("passkey/begin/", "passkey/"):
            answer = stranger.post(f"/phone/{shift.pk}/{path}", "{}", "application/json", **HOST)
            assert answer.status_code == 404


@pytest.mark.parametrize("how", ["ended", "over", "another password", "left the hospital"])
def test_whoever_is_thrown_out_does_not_come_back_by_passkey_alone(client, shift_of, amara, how):
    # Full sign-ins are for the sign-in page: here the shift is what lets somebody in, and it has to run still.
    key = Authenticator(amara)
    shift = shift_of(amara)
    options = asked(client, shift)
    if how == "ended":
        end_sessions_of(amara.pk, reason="ended_by_administrator", agent=None)
    elif how == "over":
        past = timezone.now() - timedelta(seconds=1)
        PhoneShift.objects.filter(pk=shift.pk).update(until=past, begun=past - timedelta(hours=12))
    elif how == "another password":
        amara.set_password("another horse entirely")
        amara.save(update_fields=["password"])
    else:
        amara.is_active = False
        amara.save(update_fields=["is_active"])
    assert show(client, shift, key.answer(options)).status_code == 404
    assert not live(amara).exists()


def test_a_passkey_that_was_removed_opens_nothing(client, shift_of, amara):
    key = Authenticator(amara)
    shift = shift_of(amara)
    options = asked(client, shift)
    key.row.delete()
    assert show(client, shift, key.answer(options)).status_code == 422


def test_a_role_that_shows_a_bound_passkey_shows_that_here_too(client, shift_of, admin_person):
    copied = Authenticator(admin_person, is_copied=True)
    shift = shift_of(admin_person)
    assert show(client, shift, copied.answer(asked(client, shift))).status_code == 403
    assert not live(admin_person).exists()
    bound = Authenticator(admin_person)
    assert show(client, shift, bound.answer(asked(client, shift))).status_code == 200
    assert live(admin_person).get().opened_by == "passkey"


def test_the_page_of_a_name_offers_the_passkey_to_whoever_has_one(client, shift_of, amara, lee):
    Authenticator(amara)
    assert "Use my passkey" not in client.get(f"/phone/{shift_of(lee).pk}/", **HOST).content.decode()
    page = client.get(f"/phone/{shift_of(amara).pk}/", **HOST).content.decode()
    assert "Use my passkey" in page
    assert "You have no PIN" not in page
