"""Which push services this server asks: those of the browsers, and no address that a person has named."""

from uuid import uuid4

import pytest

from handover.reach.push import rules
from handover.reach.push.models import Subscription
from tests.reach.phones import Browser


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/x",
        "https://localhost:8000/x",
        "https://[::1]/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilpush.apple.com.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://evil.example#.push.apple.com",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:x/x",
        "file:///etc/passwd",
        "https://xpush.apple.com/x",
        "https://push.apple.com\r\nHost: inside/x",
        "https://web.push.apple.com/" + "a" * 2000,
        "",
    ],
)
def test_only_a_known_push_service_is_asked(settings, endpoint):
    # A browser names the endpoint, so any person can name any address; this server stands inside the hospital.
    assert not rules.is_push_service(endpoint, hosts=settings.PUSH_HOSTS, with_loopback=False)


@pytest.mark.django_db
def test_a_person_who_names_another_address_is_told_no_and_nothing_is_kept(amara, settings, sign_in, client):
    settings.PUSH_LOOPBACK = False
    sign_in(client, amara)
    asked = {"key": uuid4(), "endpoint": "https://10.0.0.1/x", "point": "x", "secret": "y"}
    answer = client.post("/reach/push/on/", asked, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "push_service")
    assert not Subscription.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"point": "x"}, {"secret": "AA"}, {"point": ""}, {"key": "x"}])
def test_what_is_no_key_of_a_browser_is_refused(amara, push, sign_in, client, changed):
    sign_in(client, amara)
    assert client.post("/reach/push/on/", {**Browser(push).form, **changed}).status_code == 422
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-am3p.notify.windows.com/w/?token=abc",
        "https://fcm.googleapis.com:443/fcm/send/abc",
    ],
)
def test_the_services_of_the_browsers_are_known(settings, endpoint):
    assert rules.is_push_service(endpoint, hosts=settings.PUSH_HOSTS, with_loopback=False)
