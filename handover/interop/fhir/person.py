"""Who the patient is, whom to call, and what they speak."""

import re
from typing import Any
from uuid import uuid5

from handover.interop.fhir.bundle import Taking
from handover.interop.fhir.reading import FhirProblem
from handover.interop.fhir.values import LINE, Json, codes, name_of, objects, partial_date, string, words
from handover.patients.documents import FamilyContact, Identifier, Identity, Language

# Source: HL7 v3 RoleCode and v2 table 0131, the codes that contacts carry when they carry no words.
_RELATIONS = {
    "MTH": "mother", "FTH": "father", "SONC": "son", "SON": "son", "DAUC": "daughter", "DAU": "daughter",
    "SPS": "spouse", "WIFE": "wife", "HUSB": "husband", "DOMPART": "partner", "SIS": "sister", "BRO": "brother",
    "SIB": "sibling", "CHILD": "child", "FRND": "friend", "NBOR": "neighbour", "PRN": "parent", "GUARD": "guardian",
    "N": "next of kin", "C": "emergency contact", "E": "employer", "CP": "contact person", "ECON": "emergency contact",
    "NOK": "next of kin",
}  # fmt: skip
_KINDS = {
    "MR": "record number",
    "NI": "national number",
    "NH": "national number",
    "JHN": "health card",
    "MC": "insurance",
}


def the_patient(taking: Taking) -> Json:
    """The one Patient of the Bundle. Raises FhirProblem when there is none, or more than one."""
    found: dict[str, Json] = {}
    for resource in taking.graph.of_type("Patient"):
        found.setdefault(string(resource.get("id")) or str(len(found)), resource)
    if not found:
        raise FhirProblem("The Bundle has no Patient: nobody can say whose record this is.")
    if len(found) > 1:
        raise FhirProblem(f"The Bundle has {len(found)} patients. Send one patient a file, so that none are mixed up.")
    return next(iter(found.values()))


def identity(resource: Json) -> Identity:
    """The patient's identity. The record number is the identifier typed MR, else the first, else the id."""
    family, given = _name(resource)
    identifiers = tuple(
        Identifier(system=string(one.get("system"))[:LINE], value=string(one.get("value"))[:LINE], kind=_kind(one))
        for one in objects(resource, "identifier")
        if string(one.get("value"))
    )
    number = next((one.value for one in identifiers if one.kind == "record number"), "")
    number = number or next((one.value for one in identifiers), "") or string(resource.get("id"))[:LINE]
    if not number or not (family or given):
        raise FhirProblem("The Patient has no name or no identifier: they could be mistaken for another.")
    sex: Any = string(resource.get("gender"))
    return Identity(
        family=family,
        given=given,
        birth_date=partial_date(resource.get("birthDate")),
        sex=sex if sex in {"female", "male", "other"} else "unknown",
        record_number=number,
        identifiers=tuple(dict.fromkeys(identifiers)),
        phone=_phone(resource),
    )


def _kind(identifier: Json) -> str:
    return next((_KINDS[code] for code in sorted(codes(identifier.get("type"))) if code in _KINDS), "")


def _name(resource: Json) -> tuple[str, str]:
    """(family, given) of the official name, else of the usual, else of the first that is not an old one."""
    names = objects(resource, "name")
    order = {"official": 0, "usual": 1, "": 2}
    current = sorted(
        (n for n in names if string(n.get("use")) not in {"old", "maiden", "nickname"}),
        key=lambda n: order.get(string(n.get("use")), 3),
    )
    for name in current or names:
        given = name.get("given")
        first = " ".join(string(part) for part in given if string(part)) if isinstance(given, list) else string(given)
        family = string(name.get("family"))
        if family or first:
            return family[:LINE], first[:LINE]
        if string(name.get("text")):
            return string(name.get("text"))[:LINE], ""
    return "", ""


def _phone(resource: Json) -> str:
    for telecom in objects(resource, "telecom"):
        if string(telecom.get("system")) in {"phone", "sms"} and string(telecom.get("value")):
            return re.sub(r"^tel:", "", string(telecom.get("value")))[:LINE]
    return ""


def contacts_and_language(resource: Json, taking: Taking) -> None:
    """The entries that the Patient resource itself holds: contacts and languages."""
    known = taking.known(resource)
    for contact in objects(resource, "contact"):
        name = name_of({"name": contact.get("name")})
        if name:
            relation = _relation(contact)
            entry = FamilyContact(
                id=uuid5(known["id"], f"contact {name}"),
                source=known["source"],
                name=taking.line(resource, name),
                relationship=relation[:LINE],
                phone=_phone(contact),
            )
            taking.take(resource, "family_contact", entry)
    languages = objects(resource, "communication")
    languages.sort(key=lambda one: one.get("preferred") is not True)
    for language in languages:
        concept = language.get("language")
        tag = next(iter(sorted(codes(concept))), "") or words(concept)
        if tag:
            entry_language = Language(
                id=uuid5(known["id"], f"language {tag}"),
                source=known["source"],
                tag=tag[:LINE],
                name=words(concept)[:LINE],
            )
            taking.take(resource, "language", entry_language)


def _relation(contact: Json) -> str:
    concepts = objects(contact, "relationship")
    said = [words(one) for one in concepts if not words(one).endswith("sent without words")]
    known = [_RELATIONS[code] for one in concepts for code in sorted(codes(one)) if code in _RELATIONS]
    return next(iter(said + known), "")


def related_person(resource: Json, taking: Taking) -> None:
    """A RelatedPerson as a contact."""
    name = name_of(resource)
    if not name:
        taking.leave(resource, "it names nobody")
        return
    relation = _relation(resource)
    entry = FamilyContact(
        **taking.known(resource), name=taking.line(resource, name), relationship=relation[:LINE], phone=_phone(resource)
    )
    taking.take(resource, "family_contact", entry)
