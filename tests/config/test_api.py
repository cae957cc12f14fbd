"""The JSON API: the pages' services with JSON around them, one shape for every no, nothing for strangers."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from config.api import schema
from handover.patients import sealed
from handover.patients.models import Patient


@pytest.fixture
def call(client):
    """call(method, path, body): with a key of its own, as a program would."""

    def send(method, path, body=None, *, key=None):
        return client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Idempotency-Key": str(key or uuid4()), "Accept": "application/json"},
        )

    return send


def test_a_stranger_gets_nothing_from_any_operation(call):
    for path, methods in schema()["paths"].items():
        for method in methods:
            filled = path.replace("/api/v1", "")
            for name in ("patient_id", "handover_id", "transfer_id", "question_id", "synthesis_id", "override_id"):
                filled = filled.replace(f"{{{name}}}", str(uuid4()))
            response = call(method.upper(), filled, {})
            assert response.status_code == 401, (method, path, response.status_code)
            assert response.json()["ok"] is False


def test_every_operation_declares_its_refusals():
    for path, methods in schema()["paths"].items():
        for method, operation in methods.items():
            assert {"401", "404", "409", "422"} <= {str(status) for status in operation["responses"]}, (method, path)


@pytest.mark.parametrize("role", ["call_agent", "compliance_officer", "administrator"])
def test_who_is_no_clinician_gets_empty_lists_and_registers_nobody_though_they_belong_to_the_unit(
    call, client, sign_in, make_person, emergency, patient, sent_handover, role
):
    sign_in(client, make_person("ash@readback.example", "Ash Fennimore", role, unit=emergency))
    assert call("GET", "/patients").json() == []
    for wanted in ({"record_number": "4471 0893"}, {"family": "Fenwickle", "birth_date": "1951-03-04"}):
        assert call("POST", "/patients/search", wanted).json() == []
    assert call("GET", "/inbox").json() == []
    identity = {"family": "Rooksby", "given": "Ada", "birth_date": "1960-01-01", "record_number": "0000 9999"}
    response = call("POST", "/patients", {"unit_id": str(emergency.pk), "identity": identity})
    assert response.status_code == 404
    assert Patient.objects.count() == 1


@pytest.mark.parametrize(("code", "reason", "status"), [("full", "", 422), ("other", "", 422), ("no_bed", "", 200)])
def test_a_decline_over_the_api_takes_a_code_and_gives_the_counts_back(
    call, client, sign_in, amara, lee, ward, sent_handover, code, reason, status
):
    sign_in(client, lee)
    path = f"/handovers/{sent_handover.pk}"
    assert call("POST", f"{path}/decline", {"code": code, "reason": reason}).status_code == status
    sign_in(client, amara)
    told = call("GET", path).json()["declined"]
    if status != 200:
        assert told is None
    else:
        assert (told["code"], told["unit"]) == ("no_bed", ward.short_name)
        assert told["capacity"] == {"patients": 0, "arriving": 0, "leaving": 0, "nurses": 1, "physicians": 0}


def test_a_score_over_the_api_says_by_which_table_it_was_made(call, client, sign_in, amara, patient):
    sign_in(client, amara)
    assert call("GET", f"/patients/{patient.pk}").json()["headline"]["news2_table"] == "NEWS2 2017"


def test_amara_lists_and_reads_her_patient(call, client, sign_in, amara, patient):
    sign_in(client, amara)
    (row,) = call("GET", "/patients").json()
    assert row["headline"]["family"] == "Fenwickle" or row["headline"]["family"] == "FENWICKLE"
    page = call("GET", f"/patients/{row['id']}").json()
    assert page["summary"]["allergies"]["state"] == "filled"


def test_absent_and_not_yours_are_the_same_answer(call, client, sign_in, noor, patient):
    sign_in(client, noor)
    not_hers, absent = (call("GET", f"/patients/{pk}") for pk in (patient.pk, uuid4()))
    assert not_hers.status_code == absent.status_code == 404
    assert not_hers.content == absent.content


def test_an_entry_is_added_once_however_often_it_is_sent(call, client, sign_in, amara, patient):
    sign_in(client, amara)
    number = sealed.summary_of(patient)[0]
    body = {"seen_number": number, "entry": {"text": "Left hip fracture", "id": str(uuid4())}}
    key = uuid4()
    first, again = (call("POST", f"/patients/{patient.pk}/summary/problems", body, key=key) for _ in range(2))
    assert first.json() == again.json()
    assert sealed.summary_of(patient)[0] == number + 1


def test_what_the_caller_says_of_the_author_is_not_believed(call, client, sign_in, amara, patient):
    sign_in(client, amara)
    entry = {"text": "Gout", "id": str(uuid4()), "source": {"author": "Somebody else", "system": "elsewhere"}}
    call("POST", f"/patients/{patient.pk}/summary/problems", {"seen_number": 1, "entry": entry})
    added = next(one for one in sealed.summary_of(patient)[1].problems.entries if one.text == "Gout")
    assert (added.source.author, added.source.system) == ("Amara Thistledown", "")


def test_a_wrong_shape_says_which_field_and_never_its_value(call, client, sign_in, amara, patient):
    sign_in(client, amara)
    response = call("POST", f"/patients/{patient.pk}/summary/weight", {"seen_number": 1, "entry": {"kg": "CANARY"}})
    assert response.status_code == 422
    assert "kg" in response.json()["fields"]
    assert "CANARY" not in response.content.decode()


def test_a_call_that_changes_something_needs_the_csrf_token(amara, patient, sign_in):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, amara)
    response = client.post("/api/v1/patients/search", "{}", content_type="application/json")
    assert response.status_code == 403


def test_the_documents_are_for_signed_in_people(client, sign_in, amara):
    assert client.get("/api/v1/openapi.json", headers={"Accept": "application/json"}).status_code == 401
    sign_in(client, amara)
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Readback"
    assert "One patient, whole" in client.get("/api/v1/docs").content.decode()
