"""When the provider's word is a factor that was just shown, and how a step-up asks for one."""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeviceSession
from accounts.stepup import is_fresh
from tests.sso.conftest import begun

pytestmark = pytest.mark.django_db
HOURS_AGO = 8 * 3600


@pytest.mark.parametrize("told", [{"auth_time": -HOURS_AGO}, {"auth_time": None}], ids=str)
def test_a_sign_in_of_this_morning_is_not_a_factor_just_shown(client, forged, amara, linked, settings, told):
    # READBACK_OIDC_PROMPT="": the provider's own session is enough to be signed in. What does lasting harm asks for a
    # factor of the last five minutes, and the provider alone knows when one was shown.
    settings.OIDC_PROMPT = ""
    linked(amara, "amara")
    forged.comes_back(client, auth_time=told["auth_time"] and int(time.time()) + told["auth_time"])
    assert client.get("/me/").wsgi_request.actor is not None
    assert not is_fresh(DeviceSession.objects.get(person=amara), at=timezone.now())
    page = client.get(reverse("factors:add_app"), follow=True)
    assert page.redirect_chain
    assert "/sign-in/sso/?again=1" in page.content.decode()
    assert client.post(reverse("factors:add_passkey_begin"), headers={"Accept": "application/json"}).status_code == 403


def test_a_sign_in_of_tomorrow_is_fresh_for_no_longer(client, forged, amara, linked):
    linked(amara, "amara")
    forged.comes_back(client, auth_time=int(time.time()) + HOURS_AGO)
    session = DeviceSession.objects.get(person=amara)
    assert session.verified <= timezone.now()


def test_the_step_up_asks_for_a_fresh_sign_in_at_the_provider(client, forged, amara, linked, settings):
    settings.OIDC_PROMPT = ""
    linked(amara, "amara")
    assert "prompt" not in begun(client)
    forged.comes_back(client, auth_time=int(time.time()) - HOURS_AGO)
    again = client.get("/sign-in/sso/", {"again": "1", "next": reverse("factors:add_app")})["Location"]
    assert "prompt=login" in again
    assert "max_age=60" in again
    forged.comes_back(client, wanted=reverse("factors:add_app"))
    assert client.get(reverse("factors:add_app")).status_code == 200
