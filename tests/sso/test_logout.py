"""The provider says that somebody signed out there: believed once, from the provider only, and at once."""

import time
from uuid import uuid4

import pytest
from django.test import Client
from joserfc.jwk import RSAKey

from accounts.models import DeviceSession, PhoneShift
from ledger.models import Event
from tests.accounts.phones import on_shared_phone

pytestmark = pytest.mark.django_db
LOGOUT = "/sign-in/sso/logout/"
PIN = "480162"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def signed_in(client, forged, amara, linked):
    """Amara, signed in by the provider's session s-1."""
    linked(amara, "amara")
    assert forged.comes_back(client, sid="s-1").status_code == 303
    return DeviceSession.objects.get()


def is_live(session):
    session.refresh_from_db()
    return session.ended is None


@pytest.mark.parametrize("whose", [{"sid": "s-1", "sub": None}, {"sub": "amara"}, {"sub": "amara", "sid": "s-1"}])
def test_a_logout_ends_the_session_and_its_sockets(
    client, forged, signed_in, whose, monkeypatch, django_capture_on_commit_callbacks
):
    from live import door

    told = []
    monkeypatch.setattr(door, "session_ended", told.append)  # the bell, not the house
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(LOGOUT, {"logout_token": forged.signs(forged.logout_claims(**whose))})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert not is_live(signed_in)
    assert signed_in.end_reason == "provider_signed_out"
    assert told == [signed_in.pk]


@pytest.mark.parametrize("whose", [{"sid": "s-2", "sub": None}, {"sub": "lee"}, {"sub": "lee", "sid": "s-1"}])
def test_a_logout_of_others_ends_nothing_of_hers(client, forged, signed_in, whose):
    assert client.post(LOGOUT, {"logout_token": forged.signs(forged.logout_claims(**whose))}).status_code == 200
    assert is_live(signed_in)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"nonce": "n"}, "nonce"),  # an ID token is no logout token
        ({"events": None}, "events"),
        ({"events": {}}, "events"),
        ({"events": {EVENT: "yes"}}, "events"),
        ({"iat": None}, "iat"),
        ({"iat": 1_000_000_000}, "iat"),
        ({"iat": int(time.time()) + 86_400}, "iat"),
        ({"iat": True}, "iat"),
        ({"exp": 1_000_000_000}, "exp"),
        ({"jti": None}, "jti"),
        ({"sub": None}, "whose"),
        ({"sub": 7}, "sub"),
        ({"sid": ["s-1"]}, "sid"),
    ],
    ids=str,
)
def test_a_logout_token_with_one_wrong_claim_ends_nothing(client, forged, signed_in, changed, reason):
    answer = client.post(LOGOUT, {"logout_token": forged.signs(forged.logout_claims(**changed))})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert is_live(signed_in)
    assert Event.objects.get(event="session.logout_refused").reason == reason


def test_the_same_logout_token_counts_once(client, forged, signed_in):
    # A token that somebody kept would sign a person out again and again.
    token = forged.signs(forged.logout_claims(sub="amara"))
    assert client.post(LOGOUT, {"logout_token": token}).status_code == 200
    assert forged.comes_back(client, sid="s-9").status_code == 303
    assert client.post(LOGOUT, {"logout_token": token}).status_code == 400
    assert DeviceSession.objects.filter(ended__isnull=True).count() == 1


def test_it_is_a_call_of_the_provider_and_needs_no_page_of_ours(forged, signed_in):
    token = forged.signs(forged.logout_claims())
    assert Client(enforce_csrf_checks=True).post(LOGOUT, {"logout_token": token}).status_code == 200
    assert not is_live(signed_in)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e" * 20_000])
def test_what_is_no_token_ends_nothing(client, forged, signed_in, token):
    assert client.post(LOGOUT, {"logout_token": token}).status_code == 400
    assert is_live(signed_in)


def test_a_token_of_another_key_ends_nothing(client, forged, signed_in):
    token = forged.signs(forged.logout_claims(), key=RSAKey.generate_key(2048, auto_kid=True))
    assert client.post(LOGOUT, {"logout_token": token}).status_code == 400
    assert is_live(signed_in)


def on_the_ward(client, forged, amara, linked):
    """Amara's shift on a shared phone, begun at the provider and now locked. Her PIN is 480162."""
    linked(amara, "amara")
    on_shared_phone(client, amara)
    assert forged.comes_back(client, sid="s-1").status_code == 303
    client.post("/phone/pin/", {"key": uuid4(), "pin": PIN, "again": PIN})
    client.post("/phone/lock/")
    return PhoneShift.objects.get(person=amara, ended=None)


def enters_pin(client, shift):
    client.post(f"/phone/{shift.pk}/", {"pin": PIN})
    return client.get("/me/").wsgi_request.actor is not None


@pytest.mark.parametrize("whose", [{"sid": "s-1", "sub": None}, {"sub": "amara"}], ids=str)
@pytest.mark.parametrize("is_back_in", [False, True])
def test_the_providers_word_ends_the_pin(client, forged, amara, linked, whose, is_back_in):
    # The provider signs somebody out because they were let go, or lost their account to a thief. The session that it
    # vouched for was locked hours ago; six digits that were chosen in it must not outlive what it stood for.
    shift = on_the_ward(client, forged, amara, linked)
    assert not is_back_in or enters_pin(client, shift)
    token = forged.signs(forged.logout_claims(**whose))
    assert Client().post(LOGOUT, {"logout_token": token}).status_code == 200
    assert not enters_pin(client, shift)
    shift.refresh_from_db()
    assert shift.end_reason == "provider_signed_out"
    assert not DeviceSession.objects.filter(person=amara, ended__isnull=True).exists()


@pytest.mark.parametrize("whose", [{"sid": "s-2", "sub": None}, {"sub": "lee"}], ids=str)
def test_the_providers_word_of_others_leaves_her_pin(client, forged, amara, linked, whose):
    shift = on_the_ward(client, forged, amara, linked)
    assert Client().post(LOGOUT, {"logout_token": forged.signs(forged.logout_claims(**whose))}).status_code == 200
    assert enters_pin(client, shift)


def test_a_shift_that_was_begun_here_is_not_the_providers_to_end(client, forged, amara, linked, sign_in):
    # Amara signed in anew on the same phone, by a passkey of hers: the provider did not vouch for that.
    on_the_ward(client, forged, amara, linked)
    sign_in(client, amara)
    token = forged.signs(forged.logout_claims(sub="amara"))
    assert Client().post(LOGOUT, {"logout_token": token}).status_code == 200
    assert PhoneShift.objects.get(person=amara, ended=None).begun_by.opened_by == "passkey"
    assert client.get("/me/").wsgi_request.actor is not None


def test_a_pin_begins_no_shift_that_the_provider_knows_nothing_of(client, forged, amara, linked):
    # Whoever came in by the PIN shares the phone once more: a shift of that session, and not of the provider's.
    shift = on_the_ward(client, forged, amara, linked)
    assert enters_pin(client, shift)
    client.post("/phone/share/", {"key": uuid4()})
    token = forged.signs(forged.logout_claims(sub="amara"))
    assert Client().post(LOGOUT, {"logout_token": token}).status_code == 200
    assert not PhoneShift.objects.filter(person=amara, ended__isnull=True).exists()
    assert client.get("/me/").wsgi_request.actor is None
