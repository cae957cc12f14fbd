"""Every event of the code as FHIR: valid R4, and by the rules of BALP, which the examples of IHE pass as well."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from audit.acts import KINDS, Kind, kind_of
from audit.fhir_audit import SHAPES, Surroundings, audit_events
from ledger.models import Event
from tests.audit.balp import broken_rules
from tests.audit.event_names import names

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "audit"
PATIENT, OTHER, PERSON, SESSION, ROW = (UUID(int=number) for number in range(1, 6))
AROUND = Surroundings(
    names={PERSON: "Amara Thistledown"},
    addresses={SESSION: "2001:db8::7"},
    reasons={ROW: ("unit_has_patient", PATIENT)},
)


def event(name, **more):
    facts = {
        "id": 5_104_071,
        "recorded": datetime(2026, 11, 24, 2, 56, 11, 123456, tzinfo=UTC),
        "event": name,
        "outcome": "success",
        "reason": "",
        "agent_id": PERSON,
        "agent_role": "nurse",
        "session_id": SESSION,
        "device": "Ward phone 7E-02",
        "unit_id": uuid4(),
        "entity_kind": "handover",
        "entity_id": uuid4(),
        "entity_version": "ab" * 32,
        "purpose": "TREAT",
        "request_id": "cd" * 16,
        "detail": {"by": ["name", "birth_date"], "found": 2},
    }
    return Event(**{**facts, **more})


NOTHING = {"session_id": None, "device": "", "unit_id": None, "entity_kind": "", "entity_id": None, "detail": {}}
BARE = {**NOTHING, "agent_id": None, "agent_role": "", "entity_version": "", "request_id": ""}
# How an event of each name can be: about a patient, a list of them or none; by somebody or by the system; not done.
WAYS = {
    "of a patient": {"patient_id": PATIENT, "relationship_ids": [ROW]},
    "of a list": {"patient_ids": [PATIENT, OTHER, uuid4()], "relationship_ids": [ROW, uuid4()]},
    "of nobody": {},
    "of the system itself": BARE,
    "of a patient, bare": {**BARE, "patient_id": PATIENT},
    "refused": {"outcome": "refused", "reason": "no_relationship", "patient_id": PATIENT},
    "failed": {"outcome": "failed", "reason": "wrong_key", **BARE},
}


@pytest.mark.parametrize("way", WAYS)
def test_every_event_of_the_code_is_valid_fhir_and_keeps_the_rules_of_balp(way):
    wrong = {}
    for name in sorted(names() | set(KINDS)):
        for resource in audit_events(event(name, **WAYS[way]), AROUND):
            AuditEvent.model_validate_json(json.dumps(resource))
            if broken := broken_rules(resource):
                wrong[name] = broken
    assert wrong == {}


def test_every_kind_has_its_shape():
    assert set(SHAPES) == set(Kind)


def test_what_succeeded_claims_its_profile_and_what_did_not_claims_none():
    (read,) = audit_events(event("patient.read", **WAYS["of a patient"]), AROUND)
    assert read["meta"]["profile"] == [
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"
    ]
    (refused,) = audit_events(event("patient.read", **WAYS["refused"]), AROUND)
    assert ("meta" in refused, refused["outcome"], refused["outcomeDesc"]) == (False, "8", "no_relationship")


def test_a_list_is_one_event_for_each_patient_with_the_row_that_allowed_that_one():
    first, second, third = audit_events(event("patient.listed", **WAYS["of a list"]), AROUND)
    assert [one["id"] for one in (first, second, third)] == ["5104071", "5104071-1", "5104071-2"]
    detail = {one["type"]: one["valueString"] for one in first["entity"][1]["detail"]}
    assert detail == {"relationship": f"urn:uuid:{ROW}", "relationship-reason": "unit_has_patient"}
    assert "detail" not in second["entity"][1]


def test_who_for_what_and_from_where_are_told():
    (read,) = audit_events(event("patient.read", **WAYS["of a patient"]), AROUND)
    user, client, _server = read["agent"]
    assert (user["name"], user["who"]["reference"]) == ("Amara Thistledown", f"Practitioner/{PERSON}")
    assert user["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert client["network"] == {"address": "2001:db8::7", "type": "2"}
    assert read["recorded"] == "2026-11-24T02:56:11.123456Z"
    assert {"system": "urn:x-readback:event", "code": "patient.read"} in read["subtype"]


def test_an_event_without_a_row_in_the_table_is_exported_all_the_same():
    (resource,) = audit_events(event("thing.invented"), AROUND)
    AuditEvent.model_validate_json(json.dumps(resource))
    assert kind_of("thing.invented") == Kind.SYSTEM


# -- the checks themselves --


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the examples of IHE are not here: {EXAMPLES}")
def test_the_examples_of_ihe_and_hl7_pass_the_same_checks():
    seen = 0
    for path in sorted(EXAMPLES.glob("*AuditEvent*.json")) + sorted(EXAMPLES.glob("balp_audit*.json")):
        text = path.read_text()
        AuditEvent.model_validate_json(text)
        assert broken_rules(json.loads(text)) == [], path.name
        seen += 1
    assert seen == 28


SPOILED = {
    "no server": lambda resource: resource["agent"].pop(2),
    "a client without a network": lambda resource: resource["agent"][1].pop("network"),
    "two patients": lambda resource: resource["entity"].append(resource["entity"][1]),
    "no object": lambda resource: resource["entity"].pop(0),
    "another action": lambda resource: resource.update(action="E"),
    "a failure": lambda resource: resource.update(outcome="8"),
    "no interaction": lambda resource: resource["subtype"].pop(0),
    "a patient by name": lambda resource: resource["entity"][1].update(what={"display": "FENWICKLE"}),
    "a user with a network": lambda resource: resource["agent"][0].update(network={"address": "x"}),
}


@pytest.mark.parametrize("how", SPOILED)
def test_the_checks_find_what_is_spoiled(how):
    (read,) = audit_events(event("patient.read", **WAYS["of a patient"]), AROUND)
    SPOILED[how](read)
    assert broken_rules(read) != []
