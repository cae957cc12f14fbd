"""What a person reads when something goes wrong, what a script gets, and what goes on the record."""

import re

import pytest
from django.test import Client

from accounts.models import Facility
from config import errors
from ledger.models import Event
from tests.config.urls_that_fail import SUBJECT

pytestmark = [pytest.mark.urls("tests.config.urls_that_fail"), pytest.mark.django_db]


@pytest.fixture
def client(amara, sign_in):
    """Amara's browser, which gets the pages that a ward gets."""
    made = Client(raise_request_exception=False)
    sign_in(made, amara)
    return made


def without_token(page: bytes) -> bytes:
    """The masked token of a form differs in every answer, and tells nothing of the thing that was asked for."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page)


def test_absent_and_not_yours_are_the_same_bytes(client) -> None:
    answers = [client.get(f"/fail/{how}/") for how in ("not-yours", "absent")] + [client.get("/no/such/address/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({without_token(answer.content) for answer in answers}) == 1
    assert (
        len({tuple(sorted(answer.headers.items() - {("X-Request-Id", answer["X-Request-Id"])})) for answer in answers})
        == 1
    )


def test_absent_and_not_yours_are_the_same_json(client) -> None:
    answers = [client.get(f"/fail/{how}/", headers={"Accept": "application/json"}) for how in ("not-yours", "absent")]
    assert answers[0].content == answers[1].content
    assert answers[0].json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("how", "status"),
    [("not-yours", 404), ("conflict", 409), ("invalid", 422), ("vault", 500), ("database", 503), ("denied", 403)]
    + [("suspicious", 400), ("broken", 500)],
)
def test_every_failure_is_a_page_in_words_without_what_the_machine_said(client, how, status) -> None:
    answer = client.get(f"/fail/{how}/")
    assert answer.status_code == status
    page = answer.content.decode()
    assert "canary" not in page
    assert "Traceback" not in page
    assert str(SUBJECT) not in page
    assert re.search(r"<h1>[A-Z][^<]+</h1>", page)


def test_a_script_gets_the_words_and_the_fields(client) -> None:
    answer = client.get("/fail/invalid/", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json() == {
        "ok": False,
        "code": "invalid",
        "message": "Something in the form needs another look.",
        "fields": {"bed": "There is no such bed."},
    }


def test_a_refusal_is_on_the_record_and_its_act_is_not_done(client, amara) -> None:
    before = Event.objects.count()
    assert client.get("/fail/half-done/").status_code == 409
    event = Event.objects.order_by("-id").first()
    assert Event.objects.count() == before + 1
    assert (event.event, event.outcome, event.reason) == ("handover.accepted", "refused", "conflict")
    assert (event.agent_id, event.entity_id) == (amara.pk, SUBJECT)
    assert not Facility.objects.filter(name="Half Done Hospital").exists()


def test_a_refusal_of_somebody_unknown_is_on_the_record_too(db) -> None:
    assert Client().get("/fail/not-yours/").status_code == 404
    event = Event.objects.order_by("-id").first()
    assert (event.event, event.outcome, event.agent_id) == ("patient.read", "refused", None)


def test_a_page_that_cannot_be_drawn_still_says_what_happened(client, monkeypatch) -> None:
    def broken(*_: object) -> str:
        raise ValueError("canary")

    monkeypatch.setattr(errors, "render_to_string", broken)
    answer = client.get("/fail/conflict/")
    assert answer.status_code == 409
    assert b"This has changed since you opened it" in answer.content


def test_a_form_without_its_token_is_told_to_reload(amara, sign_in) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, amara)
    answer = strict.post("/sign-out/", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "stale_page"
