"""The provider says that somebody signed out there: believed once, from the provider only, and at once."""

import time

import pytest
from django.test import Client
from joserfc.jwk import RSAKey

from accounts.models import DeviceSession
from ledger.models import Event

pytestmark = pytest.mark.django_db
LOGOUT = "/sign-in/sso/logout/"
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
