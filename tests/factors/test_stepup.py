"""What does lasting harm asks for a factor of the last five minutes; a PIN is none."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.factors.models import TotpDevice
from accounts.models import DeviceSession, Factor
from accounts.stepup import is_fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_ago():
    """long_ago(session): its factor was shown an hour ago."""

    def age(session):
        DeviceSession.objects.filter(pk=session.pk).update(verified=timezone.now() - timedelta(hours=1))

    return age


def test_a_page_leads_to_the_factor_and_back(client, sign_in, amara, enrol_app, code_of, long_ago):
    app = enrol_app(amara)
    long_ago(sign_in(client, amara))
    asked = client.get(reverse("factors:codes"))
    assert asked["Location"] == f"{reverse('factors:confirm')}?next=%2Fme%2Ffactors%2Fcodes%2F"
    shown = client.post(reverse("factors:confirm"), {"code": code_of(app), "next": reverse("factors:codes")})
    assert shown["Location"] == reverse("factors:codes")
    assert client.get(reverse("factors:codes")).status_code == 200


def test_a_script_is_told_where_to_go(client, sign_in, amara, long_ago):
    long_ago(sign_in(client, amara))
    answer = client.post(reverse("factors:add_passkey_begin"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up")
    assert answer.json()["location"].startswith(reverse("factors:confirm"))


def test_a_form_that_is_posted_late_does_nothing(client, sign_in, amara, enrol_app, long_ago):
    enrol_app(amara)
    long_ago(sign_in(client, amara))
    assert client.post(reverse("factors:remove_app"))["Location"].startswith(reverse("factors:confirm"))
    assert TotpDevice.objects.filter(user=amara).exists()


def test_a_factor_is_fresh_for_five_minutes_and_a_pin_never_is(amara):
    now = timezone.now()
    for factor in Factor.values:
        session = DeviceSession(person=amara, factor=factor, verified=now - timedelta(minutes=5) + timedelta(seconds=1))
        assert is_fresh(session, at=now) == (factor != Factor.PIN)
        assert not is_fresh(session, at=now + timedelta(seconds=2))
    assert not is_fresh(DeviceSession(person=amara), at=now)


def test_it_never_leads_elsewhere(client, sign_in, amara, enrol_app, code_of, long_ago):
    app = enrol_app(amara)
    long_ago(sign_in(client, amara))
    shown = client.post(reverse("factors:confirm"), {"code": code_of(app), "next": "//elsewhere.example/"})
    assert shown["Location"] == reverse("accounts:me")


def test_a_tap_is_enough_for_the_demonstrations_people_alone(client, sign_in, amara, long_ago):
    session = sign_in(client, amara)
    long_ago(session)
    assert client.post(reverse("factors:confirm"), {"tapped": "1"}).status_code == 404
    DeviceSession.objects.filter(pk=session.pk).update(factor=Factor.DEMONSTRATION)
    assert client.post(reverse("factors:confirm"), {"tapped": "1"})["Location"] == reverse("accounts:me")
    session.refresh_from_db()
    assert is_fresh(session, at=timezone.now())
