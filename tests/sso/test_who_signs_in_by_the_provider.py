"""Whoever signs in by the provider: what is kept here is no way past it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.factors.models import FactorReset, TotpDevice
from accounts.models import DeviceSession, SharedPhone
from ledger.models import Event
from tests.conftest import PASSWORD
from tests.factors import phones as apps
from tests.factors.authenticator import Authenticator
from tests.factors.test_shared_at_sign_in import FINISH, sign_in_by

pytestmark = pytest.mark.django_db


def half_in(person):
    """A browser in which the person's password was typed."""
    thief = Client()
    assert thief.post("/sign-in/", {"email": person.email, "password": PASSWORD}).status_code == 303
    return thief


def is_in(client):
    return client.get("/me/").wsgi_request.actor is not None


def enrols_an_app(client, person):
    """What somebody who is half in tries, whatever the pages say. Whether they are in after it."""
    client.get(reverse("factors:enrol_app"))
    device = TotpDevice.objects.filter(user=person).first()
    if device is not None:
        client.post(reverse("factors:enrol_app"), {"device": device.pk, "code": apps.code_of(device)})
    return is_in(client)


def reset_of(person, make_person, *, ago=timedelta(0)):
    """Two administrators have reset the person's factors."""
    two = [make_person(f"{name}@readback.example", name, "administrator") for name in ("tove", "runa")]
    done = {"asked_by": two[0], "done_by": two[1], "done": timezone.now() - ago}
    FactorReset.objects.create(person=person, **done)


def test_who_signs_in_by_the_provider_is_not_taken_over_by_a_password(client, forged, amara, linked):
    # Amara shows two factors at the provider each day, and so has none of ours. For her "nothing is enrolled yet" is no
    # first day but for good: a password that was read somewhere would be all it takes, and would throw her out besides.
    linked(amara, "amara")
    forged.comes_back(client)
    thief = half_in(amara)
    page = thief.get(reverse("factors:second"), follow=True)
    assert page.status_code == 403
    assert "/sign-in/sso/?next=" in page.content.decode()
    assert Event.objects.filter(event="factor.added", outcome="refused", reason="signs_in_there").exists()
    assert thief.post(reverse("factors:enrol_passkey_begin")).status_code == 403
    assert not enrols_an_app(thief, amara)
    assert not TotpDevice.objects.filter(user=amara).exists()
    assert is_in(client)


def test_whoever_the_provider_vouches_for_by_one_factor_sets_up_ours(client, forged, amara, linked):
    # A password of the provider's is not a password of ours: it is the one way in that this hospital chose.
    linked(amara, "amara")
    forged.comes_back(client, amr=["pwd"])
    assert enrols_an_app(client, amara)


def test_whoever_has_no_account_there_sets_up_their_first_factor_here(forged, lee, linked, amara):
    linked(amara, "amara")
    assert enrols_an_app(half_in(lee), lee)


def test_without_a_provider_nobody_is_sent_to_one(amara, forged, linked, settings):
    linked(amara, "amara")
    settings.OIDC_ISSUER = ""
    assert enrols_an_app(half_in(amara), amara)


@pytest.mark.parametrize(("ago", "opens"), [(timedelta(hours=71), True), (timedelta(hours=73), False)])
def test_two_administrators_open_it_for_three_days(forged, amara, linked, make_person, ago, opens):
    # Whose account at the provider is gone for good must get in; a reset of last year must not be a way in for ever.
    linked(amara, "amara")
    reset_of(amara, make_person, ago=ago)
    assert enrols_an_app(half_in(amara), amara) is opens


def test_a_passkey_kept_here_passes_no_provider_by(client, amara, lee, settings):
    # The hospital ends somebody's account at the provider, and takes that for the end. A passkey here would outlast it.
    settings.OIDC_ISSUER, settings.LOCAL_SIGN_IN = "https://idp.example", frozenset({lee.email})
    answer = sign_in_by(client, Authenticator(amara), f"{FINISH}?shared=1")
    assert (answer.status_code, "hospital's account" in answer.json()["message"]) == (403, True)
    assert not DeviceSession.objects.exists()
    assert not SharedPhone.objects.exists()
    assert Event.objects.get(event="session.started", outcome="refused").reason == "not_local"
    # Lee is the way in on the day the provider is away.
    assert sign_in_by(client, Authenticator(lee)).status_code == 200
