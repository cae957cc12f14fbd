"""Bodies that no honest program sends: each is refused in words, as JSON, and the answer repeats nothing of it."""

import json
from uuid import uuid4

import pytest

from config.api import DEEPEST
from handover.patients import sealed


@pytest.fixture
def send(client, sign_in, amara, patient):
    """send(body): to an operation of Amara's that changes something."""
    sign_in(client, amara)

    def post(body):
        path = f"/api/v1/patients/{patient.pk}/summary/problems"
        headers = {"Idempotency-Key": str(uuid4())}
        answer = client.generic("POST", path, body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    return post


def nested(levels):
    return "[" * levels + '"CANARY"' + "]" * levels


@pytest.mark.parametrize("levels", [DEEPEST + 1, 500, 100_000])
@pytest.mark.parametrize("around", ["{}", '{{"seen_number": 1, "entry": {}}}', '{{"a":{}}}'])
def test_a_body_that_is_nested_too_deep_is_refused_in_words(send, around, levels):
    status, told = send(around.format(nested(levels)))
    assert (status, told["ok"], told["code"]) == (400, False, "too_deep")
    assert "nested more than 16 deep" in told["message"]
    assert "CANARY" not in json.dumps(told)


def test_a_body_as_deep_as_is_taken_is_judged_by_its_shape(send):
    status, told = send(nested(DEEPEST))
    assert (status, told["code"]) == (422, "invalid")


@pytest.mark.parametrize("body", ["{", "CANARY", b"\xff\xfeCANARY", "1" * 5000, "{'CANARY': 1}"])
def test_a_body_that_is_no_json_is_refused_in_words(send, body):
    status, told = send(body)
    assert (status, told["code"]) == (400, "not_json")
    assert told["message"] == "The call cannot be read. Send JSON, encoded as UTF-8."


def test_a_body_that_is_too_large_is_refused_in_words(send):
    status, told = send(json.dumps({"seen_number": 1, "entry": {"text": "CANARY" * 500_000}}))
    assert (status, told["code"]) == (413, "too_large")
    assert "Send less at once." in told["message"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "99999999999999999999"])
def test_a_number_that_is_none_changes_nothing(send, patient, number):
    before = sealed.summary_of(patient)[0]
    status, _ = send(f'{{"seen_number": {number}, "entry": {{"text": "Gout"}}}}')
    assert status in (409, 422)
    assert sealed.summary_of(patient)[0] == before


def test_words_that_are_half_a_character_are_refused_at_their_field(send):
    status, told = send('{"seen_number": 1, "entry": {"text": "\\ud83d"}}')
    assert (status, list(told["fields"])) == (422, ["text"])


def test_a_method_that_an_address_does_not_have_is_refused_in_words(client, sign_in, amara):
    sign_in(client, amara)
    answer = client.get("/api/v1/patients/search")
    assert (answer.status_code, answer.json()["code"], answer["Allow"]) == (405, "not_allowed", "POST")
    page = client.get("/sign-out/")
    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "does not take that kind of request" in page.content.decode()
