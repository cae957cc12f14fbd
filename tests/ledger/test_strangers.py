"""What nobody known tries: on the record, and never more of it than a disk can bear."""

import pytest
from django.conf import settings
from django.test import Client

from ledger import strangers
from ledger.models import Event
from ledger.services import record_stranger
from ledger.strangers import MOST_A_MINUTE, Bounds

FOREIGN = {
    "without a token": ({}, "token"),
    "with a token of another session": ({"X-CSRFToken": "a" * 64}, "token"),
    "from nowhere": ({"Origin": "null"}, "origin"),
    "from another site": ({"Origin": "https://elsewhere.example"}, "origin"),
}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Nobody else has tried anything in this minute, whatever other tests did; and it is over when the test says so."""
    clock = Clock()
    monkeypatch.setattr(strangers, "BOUNDS", Bounds(clock))
    return clock


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("how", FOREIGN)
def test_a_form_of_another_page_is_on_record_under_whose_cookie_it_came(amara, sign_in, how):
    # A page of elsewhere can send a form that carries Amara's cookie. It does nothing, and it is found afterwards.
    headers, code = FOREIGN[how]
    strict = Client(enforce_csrf_checks=True)
    session = sign_in(strict, amara)
    answer = strict.post("/me/sessions/end-others/", headers=headers)
    assert answer.status_code == 403
    assert b"Reload it and try again" in answer.content
    event = Event.objects.get(event="form.refused")
    assert (event.outcome, event.reason, event.agent_id, event.session_id) == (
        "refused",
        code,
        amara.pk,
        session.pk,
    )


def test_a_form_of_a_stranger_is_on_record_under_nobody(db):
    assert Client(enforce_csrf_checks=True).post("/sign-in/", headers={"Origin": "null"}).status_code == 403
    assert Event.objects.get(event="form.refused").agent_id is None


def test_a_cookie_that_was_changed_is_on_record_once_and_goes(client, amara, sign_in):
    sign_in(client, amara)
    name = settings.SESSION_COOKIE_NAME
    client.cookies[name] = client.cookies[name].value[::-1]
    assert client.get("/me/").cookies[name].value == ""
    client.get("/me/")
    assert Event.objects.get(event="session.refused").reason == "unknown_cookie"


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("get", "/join/made-up/", {}),
        ("post", "/sign-in/password/", {"ticket": "x", "new": "seven grey herons at dusk"}),
        ("get", "/scim/v2/Users", {}),
        ("post", "/sso/logout/", {"logout_token": "x"}),
    ],
)
def test_a_stranger_does_not_fill_the_record_that_nobody_may_shorten(db, clock, method, path, told):
    # Without an account one may send requests for ever: they must not become rows for ever.
    stranger, rows = Client(), Event.objects.count
    before = rows()
    for _ in range(MOST_A_MINUTE + 20):
        getattr(stranger, method)(path, told)
    assert rows() - before <= MOST_A_MINUTE + 1
    clock.now = 60.0
    getattr(stranger, method)(path, told)
    assert rows() - before <= MOST_A_MINUTE + 2


def test_the_last_event_of_a_minute_says_that_there_were_more(db, clock):
    for _ in range(3 * MOST_A_MINUTE):
        record_stranger("form.refused", reason="token")
    reasons = list(Event.objects.filter(event="form.refused").order_by("pk").values_list("reason", flat=True))
    assert reasons == ["token"] * MOST_A_MINUTE + ["more"]
    record_stranger("person.joined", reason="no_invitation")  # a flood of one kind hides no other
    assert Event.objects.filter(event="person.joined", reason="no_invitation").count() == 1
    clock.now = 60.0
    record_stranger("form.refused", reason="origin")
    assert Event.objects.filter(event="form.refused", reason="origin").count() == 1
