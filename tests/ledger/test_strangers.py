"""What nobody known tries: on the record, and never more of it than a disk can bear."""

import pytest
from django.conf import settings
from django.test import Client

from ledger import strangers
from ledger.models import Event
from ledger.strangers import MOST_A_MINUTE, Bound, record_stranger

FOREIGN = {
    "without a token": ({}, "token"),
    "with a token of another session": ({"X-CSRFToken": "a" * 64}, "token"),
    "from nowhere": ({"Origin": "null"}, "origin"),
    "from another site": ({"Origin": "https://elsewhere.example"}, "origin"),
}


@pytest.fixture(autouse=True)
def quiet_minute(monkeypatch):
    """Nobody else has tried anything in this minute, whatever other tests did."""
    monkeypatch.setattr(strangers, "_BOUND", Bound())


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


def test_a_flood_of_strangers_leaves_as_many_events_as_the_minute_holds(db):
    # Without an account one may send requests for ever: they must not become rows for ever.
    clock = Clock()
    bound = Bound(clock=clock)
    for _ in range(3 * MOST_A_MINUTE):
        record_stranger("form.refused", reason="token", bound=bound)
    reasons = list(Event.objects.filter(event="form.refused").order_by("pk").values_list("reason", flat=True))
    assert reasons == ["token"] * MOST_A_MINUTE + ["more"]
    clock.now = 60.0
    record_stranger("form.refused", reason="origin", bound=bound)
    assert Event.objects.filter(event="form.refused", reason="origin").count() == 1
