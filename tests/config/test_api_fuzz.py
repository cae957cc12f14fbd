"""The JSON API against its own document: whatever is sent, each answer is one that the document declares.

schemathesis makes the calls from GET /api/v1/openapi.json, those that fit it and those that do not; they go through the
whole of Django with a real session, its CSRF token and a key of their own. Half of them are about things that exist, so
that the acts behind them are reached, by whoever may do them and by whoever may not.
"""

from collections import Counter
from uuid import uuid4

import pytest
import schemathesis
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as how
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from handover.transfers import services

pytestmark = [pytest.mark.django_db(transaction=True)]
DOCUMENT = "/api/v1/openapi.json"
CALLS = 10  # of each kind, for each operation
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# The session is ours, not made up. The same calls each time.
CONFIG = SchemathesisConfig.from_dict({"seed": 1, "generation": {"with-security-parameters": False}})
FEW = how(max_examples=CALLS, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
# Operations that take nothing, so that nothing about a call can be wrong.
TAKE_NOTHING = {"GET /api/v1/session", "GET /api/v1/inbox"}


class Caller:
    """One person's session: its cookie and its token."""

    def __init__(self, client):
        self.client = client
        self.cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
        self.token = client.get("/api/v1/session").json()["csrf_token"]

    def send(self, case, *, is_there):
        """The answer to this call, with a new key where it is about things that are there."""
        headers = {"X-CSRFToken": self.token} | ({"Idempotency-Key": str(uuid4())} if is_there else {})
        return case.call(headers=headers, cookies=self.cookies, app=application)


@pytest.fixture
def callers(sign_in, amara, lee):
    def call_as(person):
        client = Client()
        sign_in(client, person)
        return Caller(client)

    return [call_as(amara), call_as(lee)]


@pytest.fixture
def things(actor, amara, lee, emergency, ward, make_patient, summary, write_draft, send, say_back, accept):
    """things(): the ids and numbers that a call may name, of patients and handovers that are new each time."""

    def make():
        first, second, third = (make_patient(emergency, summary=summary) for _ in range(3))
        draft = write_draft(amara, first)
        sent = send(write_draft(amara, second), to=ward, destination=ward)
        said = say_back(sent, lee)
        asked = services.ask(actor(lee), key=uuid4(), handover_id=sent.pk, text="Since when?")
        why = {"reason": "The scanner is free now", "is_emergency": False}
        override = services.request_override(actor(amara), key=uuid4(), transfer_id=sent.transfer_id, **why)
        accepted = send(write_draft(amara, third), to=ward)
        accept(accepted, lee)
        found = {
            "patient_id": first.pk,
            "draft_id": draft.pk,
            "revision": draft.draft_revision,
            "handover_id": sent.pk,
            "version_id": sent.current_id,
            "seen_version": 1,
            "digest": bytes(sent.current.digest).hex(),
            "transfer_id": sent.transfer_id,
            "question_id": asked.pk,
            "synthesis_id": said.pk,
            "override_id": override.pk,
            "action_id": accepted.open_actions.first().pk,
            "unit_id": emergency.pk,
            "to_unit_id": ward.pk,
            "person_id": lee.pk,
            "section": "problems",
            "entry_id": summary.problems.entries[0].id,
            "seen_number": 2,
            "code": "identity_band",
        }
        return {name: value if isinstance(value, int) else str(value) for name, value in found.items()}

    return make


def test_every_answer_to_any_call_is_one_that_the_document_declares(callers, things):
    document = schemathesis.openapi.from_dict(callers[0].client.get(DOCUMENT).json(), config=CONFIG)
    problems, answers, there = [], Counter(), things()
    for result in document.get_all_operations():
        operation = result.ok()
        if operation.method != "get":
            there = things()
        if operation.path.endswith(("/draft", "/send")):
            there["handover_id"] = there["draft_id"]
        for mode in GenerationMode:
            if mode is GenerationMode.NEGATIVE and operation.label in TAKE_NOTHING:
                continue
            for case, answer in calls(operation, mode, callers, there):
                answers[answer.status_code] += 1
                problems += wrong_with(case, answer)
    assert problems == []
    # The acts were reached, and so were the ways to say no.
    assert {200, 201, 403, 404, 409, 422} <= set(answers)


def calls(operation, mode, callers, there):
    """Each call of this operation with its answer."""
    made = []

    @FEW
    @given(operation.as_strategy(mode), strategies.sampled_from(callers), strategies.booleans())
    def make(case, caller, is_there):
        if is_there:
            case.path_parameters = about(there, case.path_parameters)
            case.body = about(there, case.body)
        made.append((case, caller.send(case, is_there=is_there)))

    make()
    return made


def about(there, told):
    """What is told, with the ids of things that are there in the places of those that are not."""
    if isinstance(told, dict):
        return {name: there.get(name, about(there, value)) for name, value in told.items()}
    return told


def wrong_with(case, answer):
    """What is wrong with an answer, and the call that leads to it; nothing, if nothing is."""
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as failures:
        return [f"{type(one).__name__}: {one}\n{case.as_curl_command()}" for one in failures.exceptions]
    return []
