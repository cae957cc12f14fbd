"""Whoever signs in by passkey can say at once that several people use this phone."""

import pytest
from django.conf import settings

from accounts.models import DeviceSession, SharedPhone
from ledger.models import Event
from tests.factors.authenticator import Authenticator

pytestmark = pytest.mark.django_db
HOST = {"headers": {"host": "localhost", "accept": "application/json"}}
FINISH = "/sign-in/passkey/"


def sign_in_by(client, key, finish=FINISH, **wrong):
    options = client.post(f"{FINISH}begin/", **HOST).json()
    return client.post(finish, key.answer(options, **wrong), "application/json", **HOST)


def test_the_box_makes_it_a_shared_phone_that_asks_for_a_pin(client, amara):
    answer = sign_in_by(client, Authenticator(amara), f"{FINISH}?shared=1")
    assert answer.status_code == 200
    session = DeviceSession.objects.get(person=amara)
    assert (session.kind, session.opened_by, session.phone.marked_by) == ("shared", "passkey", amara)
    assert client.cookies[settings.PHONE_COOKIE_NAME]["httponly"]
    assert client.get("/")["Location"] == "/phone/pin/"
    assert Event.objects.filter(event="phone.shared", entity_id=session.phone_id, agent_id=amara.pk).exists()


def test_without_the_box_it_is_ones_own_device(client, amara):
    assert sign_in_by(client, Authenticator(amara)).status_code == 200
    assert DeviceSession.objects.get(person=amara).kind == "personal"
    assert settings.PHONE_COOKIE_NAME not in client.cookies


def test_a_phone_that_is_shared_already_stays_the_one_it_is(client, amara, lee):
    sign_in_by(client, Authenticator(amara), f"{FINISH}?shared=1")
    client.post("/phone/lock/")
    sign_in_by(client, Authenticator(lee), f"{FINISH}?shared=1")
    assert SharedPhone.objects.count() == 1
    assert DeviceSession.objects.get(person=lee).phone == DeviceSession.objects.get(person=amara).phone


def test_a_passkey_that_is_refused_marks_nothing(client, amara):
    # A stranger at the sign-in page must not turn somebody's own phone into one that locks after five minutes.
    answer = sign_in_by(client, Authenticator(amara), f"{FINISH}?shared=1", is_verified=False)
    assert answer.status_code == 422
    assert not SharedPhone.objects.exists()
    assert settings.PHONE_COOKIE_NAME not in client.cookies
