"""An event of the record as AuditEvents of FHIR R4, by the patterns of IHE BALP. Pure: no query, no clock.

What succeeded and was a read, search, creation or change claims BALP's profile of it, with or without a patient; what
left the house about a patient claims that of a privacy disclosure at its source. BALP wants one AuditEvent for each
patient, so a list that was read becomes as many. What was refused or failed claims none: the profiles are of successes.
No patient is named but by id, nor whom something was disclosed to, and nothing clinical is in the record.

Source: FHIR R4 4.0.1 AuditEvent; IHE ITI BALP 1.1 (Basic Audit Log Patterns).
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from audit.acts import Kind, kind_of
from ledger.models import Event

Resource = dict[str, Any]

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
_REST = "http://hl7.org/fhir/restful-interaction"
_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_TRANSACTION = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
# The names of this product's own: its events and its roles.
EVENT_SYSTEM, ROLE_SYSTEM = "urn:x-readback:event", "urn:x-readback:role"
UUID_SYSTEM = "urn:ietf:rfc:3986"
SERVER = "Readback"
_DISCLOSURE = "PrivacyDisclosure.Source"


@dataclass(frozen=True)
class Shape:
    """What a kind is in the standard: type, the standard's subtype, the action, BALP's profile, the user's part."""

    type: tuple[str, str, str]
    subtype: tuple[str, str, str] | None
    action: str
    profile: str = ""
    user: str = "IRCP"


_RESTFUL = (_EVENT_TYPE, "rest", "Restful Operation")
_SECURITY = (_DCM, "110113", "Security Alert")
_AUTHENTICATION = (_DCM, "110114", "User Authentication")
SHAPES: Mapping[Kind, Shape] = {
    Kind.READ: Shape(_RESTFUL, (_REST, "read", "read"), "R", "Read"),
    Kind.SEARCH: Shape(_RESTFUL, (_REST, "search-type", "search-type"), "E", "Query"),
    Kind.CREATE: Shape(_RESTFUL, (_REST, "create", "create"), "C", "Create", user="AUT"),
    Kind.UPDATE: Shape(_RESTFUL, (_REST, "update", "update"), "U", "Update", user="AUT"),
    Kind.LOGIN: Shape(_AUTHENTICATION, (_DCM, "110122", "Login"), "E"),
    Kind.LOGOUT: Shape(_AUTHENTICATION, (_DCM, "110123", "Logout"), "E"),
    Kind.RIGHTS: Shape(_SECURITY, (_DCM, "110137", "User Security Attributes Changed"), "U"),
    Kind.ALERT: Shape(_SECURITY, None, "E"),
    Kind.AUDIT: Shape((_DCM, "110101", "Audit Log Used"), None, "R"),
    Kind.EXPORT: Shape((_DCM, "110106", "Export"), None, "R"),
    Kind.DISCLOSURE: Shape(
        (_DCM, "110106", "Export"), (_LIFECYCLE, "disclose", "Disclose Record Lifecycle Event"), "R", _DISCLOSURE
    ),
    Kind.IMPORT: Shape((_DCM, "110107", "Import"), None, "C", user="AUT"),
    Kind.SYSTEM: Shape((_DCM, "110100", "Application Activity"), None, "E"),
}


@dataclass(frozen=True)
class Surroundings:
    """What an event names by id: people's names, where sessions were signed in from, and why a row allowed it.

    `reasons`: relationship -> (its reason, its patient).
    """

    names: Mapping[UUID, str] = field(default_factory=dict)
    addresses: Mapping[UUID, str] = field(default_factory=dict)
    reasons: Mapping[UUID, tuple[str, UUID]] = field(default_factory=dict)


def audit_events(event: Event, around: Surroundings) -> list[Resource]:
    """The event as AuditEvents: one, or one for each patient of a list. The first has the event's own id."""
    patients: Sequence[UUID | None] = event.patient_ids or [event.patient_id]
    return [_resource(event, patient_id, number, around) for number, patient_id in enumerate(patients)]


def _resource(event: Event, patient_id: UUID | None, number: int, around: Surroundings) -> Resource:
    shape = SHAPES[kind_of(event.event)]
    resource: Resource = {
        "resourceType": "AuditEvent",
        "id": f"{event.pk}-{number}" if number else str(event.pk),
        "type": _coding(*shape.type),
        "subtype": [*([_coding(*shape.subtype)] if shape.subtype else []), _coding(EVENT_SYSTEM, event.event)],
        "action": shape.action,
        "recorded": event.recorded.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "outcome": _outcome(event),
        "agent": _agents(event, shape, around),
        "source": {"observer": {"display": SERVER}, "type": [_coding(_SOURCE_TYPE, "4", "Application Server")]},
        "entity": _entities(event, shape, patient_id, around),
    }
    if profile := _profile(event, shape, patient_id):
        resource["meta"] = {"profile": [_PROFILE + profile]}
    if shape.profile == _DISCLOSURE:
        resource["purposeOfEvent"] = [_concept(_PURPOSE, event.purpose)]
    if event.reason:
        resource["outcomeDesc"] = event.reason
    return resource


def _profile(event: Event, shape: Shape, patient_id: UUID | None) -> str:
    if event.outcome != "success" or not shape.profile:
        return ""
    if shape.profile == _DISCLOSURE:
        return _DISCLOSURE if patient_id else ""
    return f"Patient{shape.profile}" if patient_id else shape.profile


def _outcome(event: Event) -> str:
    """0 success; 4 a sign-in that may be tried again; 8 the act did not happen; 12 something is broken."""
    if event.outcome == "success":
        return "0"
    if event.outcome == "refused":
        return "4" if kind_of(event.event) == Kind.LOGIN else "8"
    return "12"


def _agents(event: Event, shape: Shape, around: Surroundings) -> list[Resource]:
    user = [_user(event, event.agent_id, shape, around)] if event.agent_id else []
    if shape.profile == _DISCLOSURE:
        return [*user, *_sides(event)]
    # BALP: what is read flows from the server to the client; everything else, a query too, from the client to it.
    reads = shape.profile == "Read"
    source, destination = (_DCM, "110153", "Source Role ID"), (_DCM, "110152", "Destination Role ID")
    client = {
        "type": _concept(*(destination if reads else source)),
        "who": {"display": event.device or "unknown device"},
        "requestor": False,
        "network": _network(event, around),
    }
    server = {
        "type": _concept(*(source if reads else destination)),
        "who": {"display": SERVER},
        "requestor": False,
        "network": {"address": SERVER.lower(), "type": "1"},
    }
    return [*user, client, server]


def _sides(event: Event) -> list[Resource]:
    """From where it left, and to whom: a recipient by the kind and the row that holds the name, sealed."""
    told = str(event.detail.get("recipient", "")) or "not said"
    address = f"urn:uuid:{event.entity_id}" if event.entity_id else told
    return [
        {
            "type": _concept(_DCM, "110153", "Source Role ID"),
            "who": {"display": SERVER},
            "requestor": False,
            "network": {"address": SERVER.lower(), "type": "1"},
        },
        {
            "type": _concept(_DCM, "110152", "Destination Role ID"),
            "who": {"display": told},
            "requestor": False,
            "network": {"address": address, "type": "5"},
        },
    ]


def _network(event: Event, around: Surroundings) -> Resource:
    address = around.addresses.get(event.session_id) if event.session_id else None
    if address:
        return {"address": address, "type": "2"}
    return {"address": event.device or "unknown", "type": "1"}


def _user(event: Event, person_id: UUID, shape: Shape, around: Surroundings) -> Resource:
    user: Resource = {
        "type": _concept(_PARTICIPATION, shape.user),
        "who": {"reference": f"Practitioner/{person_id}"},
        "requestor": True,
        "purposeOfUse": [_concept(_PURPOSE, event.purpose)],
    }
    if event.agent_role:
        user["role"] = [_concept(ROLE_SYSTEM, event.agent_role)]
    if name := around.names.get(person_id):
        user["name"] = name
    if event.unit_id:
        user["location"] = {"identifier": _urn(event.unit_id)}
    return user


def _entities(event: Event, shape: Shape, patient_id: UUID | None, around: Surroundings) -> list[Resource]:
    entities = [_query(event) if shape.profile == "Query" else _data(event, patient_id)]
    if patient_id:
        person: Resource = {
            "type": _coding(_ENTITY_TYPE, "1", "Person"),
            "role": _coding(_OBJECT_ROLE, "1", "Patient"),
            "what": {"reference": f"Patient/{patient_id}"},
        }
        if detail := _relationships(event, patient_id, around):
            person["detail"] = detail
        entities.append(person)
    if event.request_id:
        transaction = {"type": _coding(_TRANSACTION, "XrequestId"), "what": {"identifier": {"value": event.request_id}}}
        entities.append(transaction)
    return entities


def _data(event: Event, patient_id: UUID | None) -> Resource:
    data: Resource = {
        "type": _coding(_ENTITY_TYPE, "2", "System Object"),
        "role": _coding(_OBJECT_ROLE, *_role_of_the_object(event)),
        "what": _what(event, patient_id),
    }
    detail = [_detail("version", event.entity_version)] if event.entity_version else []
    detail += [_detail(name, _text(value)) for name, value in sorted(event.detail.items()) if _text(value)]
    return {**data, "detail": detail} if detail else data


def _role_of_the_object(event: Event) -> tuple[str, str]:
    return ("3", "Report") if kind_of(event.event) is Kind.DISCLOSURE else ("4", "Domain Resource")


def _what(event: Event, patient_id: UUID | None) -> Resource:
    if event.entity_id:
        return {"identifier": _urn(event.entity_id), "display": event.entity_kind or "thing"}
    if patient_id:
        return {"reference": f"Patient/{patient_id}"}
    return {"display": event.event.partition(".")[0]}


def _query(event: Event) -> Resource:
    # The words that were looked for are on no record; what is kept is by what they looked.
    asked = urlencode(sorted(event.detail.items()), doseq=True) or event.event
    return {
        "type": _coding(_ENTITY_TYPE, "2", "System Object"),
        "role": _coding(_OBJECT_ROLE, "24", "Query"),
        "query": base64.b64encode(asked.encode()).decode(),
    }


def _relationships(event: Event, patient_id: UUID, around: Surroundings) -> list[Resource]:
    """Why it was allowed: each row's id, and its reason where the row is still there and is of this patient."""
    detail = []
    for row_id in event.relationship_ids or []:
        reason, of = around.reasons.get(row_id, ("", patient_id))
        if of != patient_id or (event.patient_ids and not reason):
            continue
        detail.append(_detail("relationship", f"urn:uuid:{row_id}"))
        detail += [_detail("relationship-reason", reason)] if reason else []
    return detail


def _detail(name: str, value: str) -> Resource:
    return {"type": name, "valueString": value}


def _text(value: Any) -> str:
    return ",".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _urn(row_id: UUID) -> Resource:
    return {"system": UUID_SYSTEM, "value": f"urn:uuid:{row_id}"}


def _coding(system: str, code: str, display: str = "") -> Resource:
    return {"system": system, "code": code, **({"display": display} if display else {})}


def _concept(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [_coding(system, code, display)]}
