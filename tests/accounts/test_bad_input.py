"""What no honest browser sends with a session or a shared phone: it opens nothing, and says what to do."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import DeviceSession, PhoneShift
from accounts.sessions import live_session_ids
from tests.accounts.phones import on_shared_phone

PIN = "480162"


@pytest.fixture
def strict():
    """A browser whose forms are held against their token and origin, as on a real server."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}, {"Origin": "https://elsewhere.example"}])
def test_a_foreign_page_neither_locks_a_phone_nor_ends_a_session(strict, amara, sign_in, headers):
    # The cookie comes along with a form of a foreign page; the token in the session does not.
    on_shared_phone(strict, amara)
    session = sign_in(strict, amara)
    for path in ("/phone/lock/", "/phone/keep/", "/me/sessions/end-others/", "/sign-out/"):
        assert strict.post(path, headers=headers).status_code == 403
    assert live_session_ids([session.pk]) == {session.pk}


def test_a_foreign_page_tries_no_pin(strict, amara, sign_in):
    # Otherwise five forms in a hidden frame would end somebody's shift.
    phone = on_shared_phone(strict, amara)
    sign_in(strict, amara)
    shift = PhoneShift.objects.get(person=amara)
    assert strict.post(f"/phone/{shift.pk}/", {"pin": PIN}).status_code == 403
    shift.refresh_from_db()
    assert (shift.wrong, shift.ended, shift.phone) == (0, None, phone)


@pytest.mark.parametrize("change", [str.upper, lambda key: key[:-1], lambda key: key + "x", lambda key: "\x00" + key])
def test_a_cookie_that_was_changed_is_nobodys(client, amara, sign_in, change):
    sign_in(client, amara)
    name = settings.SESSION_COOKIE_NAME
    client.cookies[name] = change(client.cookies[name].value)
    answer = client.get("/me/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Fme%2F")


@pytest.mark.parametrize("token", ["", "x", "\x00", "é" * 50, "A" * 5_000])
def test_a_phone_cookie_that_is_none_shows_nobodys_name(client, db, token):
    client.cookies[settings.PHONE_COOKIE_NAME] = token
    assert client.get("/phone/")["Location"] == "/sign-in/"


@pytest.mark.parametrize("pin", ["", "\x00" * 6, "4" * 100_000, "480162 ", "４８０１６２"])
def test_what_is_no_pin_counts_as_a_wrong_one(client, amara, sign_in, pin):
    on_shared_phone(client, amara)
    sign_in(client, amara)
    client.post("/phone/pin/", {"key": "8f14e45f-ceea-467f-a0e6-0a0a0a0a0a0a", "pin": PIN, "again": PIN})
    client.post("/phone/lock/")
    shift = PhoneShift.objects.get(person=amara)
    assert client.post(f"/phone/{shift.pk}/", {"pin": pin}).status_code == 422
    shift.refresh_from_db()
    assert shift.wrong == 1
    assert not DeviceSession.objects.filter(ended=None).exists()
