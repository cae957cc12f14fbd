"""Small FHIR Bundles for the tests, made here: the suite stands without anybody else's files."""

import json
from typing import Any

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {"system": "http://hospital.example/mrn", "value": "5510 2207", "type": {"coding": [{"code": "MR"}]}}
    ],
    "name": [{"use": "official", "family": "Quillfeather", "given": ["Ottoline"]}],
    "birthDate": "1948-11-02",
    "gender": "female",
}


def concept(text: str, code: str = "", system: str = "http://snomed.info/sct") -> dict[str, Any]:
    return {"text": text, "coding": [{"system": system, "code": code}]} if code else {"text": text}


def bundle(*resources: dict[str, Any], patient: dict[str, Any] | None = PATIENT, kind: str = "collection") -> bytes:
    """The bytes of a Bundle with the patient and these resources."""
    everything = ([patient] if patient else []) + list(resources)
    return json.dumps(
        {
            "resourceType": "Bundle",
            "type": kind,
            "timestamp": "2026-11-20T08:00:00Z",
            "entry": [{"fullUrl": f"urn:uuid:{n}", "resource": one} for n, one in enumerate(everything)],
        }
    ).encode()


def resource(kind: str, **fields: Any) -> dict[str, Any]:
    subject = "patient" if kind in {"AllergyIntolerance", "Consent"} else "subject"
    return {"resourceType": kind, "id": fields.pop("id", kind.lower()), subject: {"reference": "Patient/p1"}, **fields}


def composition(*sections: dict[str, Any]) -> dict[str, Any]:
    return resource("Composition", status="final", title="Summary", date="2026-11-20", section=list(sections))


def section(loinc: str, **fields: Any) -> dict[str, Any]:
    return {"code": {"coding": [{"system": "http://loinc.org", "code": loinc}]}, **fields}


def vital(loinc: str, value: float, unit: str, *, at: str = "2026-11-20T07:00:00Z", **fields: Any) -> dict[str, Any]:
    return resource(
        "Observation",
        id=f"o{loinc}{at}",
        status="final",
        code=concept("a vital sign", loinc, "http://loinc.org"),
        effectiveDateTime=at,
        valueQuantity={"value": value, "code": unit, "unit": unit},
        **fields,
    )
