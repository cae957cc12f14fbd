"""One Bundle into an identity, sections of a summary and a report in which every entry is either taken or left."""

from collections.abc import Callable
from dataclasses import dataclass, field

from handover.interop.fhir import codes
from handover.interop.fhir.bundle import Graph, Taking
from handover.interop.fhir.clinical import (
    allergy,
    condition,
    consent,
    device_use,
    flag,
    nutrition_order,
    procedure,
    service_request,
)
from handover.interop.fhir.medicines import administration, medicine
from handover.interop.fhir.observations import keep_recent_sets, observation, report
from handover.interop.fhir.person import contacts_and_language, identity, related_person, the_patient
from handover.interop.fhir.reading import read_bundle
from handover.interop.fhir.values import LINE, Json, codes_of, name_of, narrative, objects, string
from handover.patients.documents import Entry, Identity, SectionState, WhatMatters

# Administrations come last, so that the medicine they belong to is there.
TAKERS: dict[str, Callable[[Json, Taking], None]] = {
    "Condition": condition,
    "AllergyIntolerance": allergy,
    "MedicationStatement": medicine,
    "MedicationRequest": medicine,
    "MedicationDispense": medicine,
    "Observation": observation,
    "DiagnosticReport": report,
    "Procedure": procedure,
    "DeviceUseStatement": device_use,
    "Flag": flag,
    "Consent": consent,
    "NutritionOrder": nutrition_order,
    "ServiceRequest": service_request,
    "RelatedPerson": related_person,
    "MedicationAdministration": administration,
}
# What a Reference to the patient is called, by resource type; `subject` where it is not named here.
_SUBJECT = {
    "AllergyIntolerance": "patient",
    "Consent": "patient",
    "NutritionOrder": "patient",
    "RelatedPerson": "patient",
}


@dataclass(frozen=True)
class Imported:
    """What one file says: who it is about, entries and states by section, and the report's two lists."""

    identity: Identity
    system: str
    entries: dict[str, tuple[Entry, ...]]
    states: dict[str, SectionState]
    taken: dict[str, int]
    left: list[tuple[str, str]] = field(default_factory=list)


def assemble(raw: bytes) -> Imported:
    """Reads one file whole. Raises FhirProblem, whose message names what is wrong with it."""
    graph = Graph(read_bundle(raw))
    taking = Taking(graph=graph, system=_system(graph))
    patient = the_patient(taking)
    who = identity(patient)
    taking.take(patient)
    contacts_and_language(patient, taking)
    _note_sections(taking)
    for kind, take in TAKERS.items():
        for resource in graph.of_type(kind):
            if _is_usable(resource, patient, taking):
                take(resource, taking)
    keep_recent_sets(taking)
    _take_compositions(taking)
    _leave_the_rest(taking)
    left = [taking.left[id(r)] for r in graph.resources if id(r) in taking.left] + taking.notes
    entries = {section: tuple(found) for section, found in taking.entries.items() if found}
    return Imported(who, taking.system, entries, taking.states, taking.counts(), left)


def _system(graph: Graph) -> str:
    """The sender's name, the same for every document it sends: custodian, else author, else the Bundle's own system."""
    for composition in graph.of_type("Composition"):
        for reference in (*objects(composition, "custodian"), *objects(composition, "author")):
            found = graph.resolve(reference, composition)
            if found and found["resourceType"] == "PractitionerRole":
                found = graph.resolve(found.get("organization"), found) or found
            name = name_of(found or {}) or string(reference.get("display"))
            if name:
                return name[:LINE]
    stated = graph.bundle.get("identifier")
    system = string(stated.get("system")) if isinstance(stated, dict) else ""
    sent_by = next(
        (string(one.get("system")) for p in graph.of_type("Patient") for one in objects(p, "identifier")), ""
    )
    return (system or sent_by or "FHIR document")[:LINE]


def _note_sections(taking: Taking) -> None:
    """Marks each resource with the section that a Composition lists it in, where that decides what it is."""
    for composition in taking.graph.of_type("Composition"):
        for section in _sections(composition):
            said = codes_of(section, "code")
            ours = next((codes.SECTION_OF_LOINC[code] for code in sorted(said) if code in codes.SECTION_OF_LOINC), "")
            for reference in objects(section, "entry"):
                resource = taking.graph.resolve(reference, composition)
                if resource is not None and ours:
                    resource["_section"] = ours
                    if "11348-0" in said:
                        resource["_past"] = True


def _sections(composition: Json) -> list[Json]:
    found: list[Json] = []
    waiting = objects(composition, "section")
    while waiting:
        section = waiting.pop(0)
        found.append(section)
        waiting += objects(section, "section")
    return found


def _is_usable(resource: Json, patient: Json, taking: Taking) -> bool:
    if string(resource.get("implicitRules")) or resource.get("modifierExtension"):
        taking.leave(resource, "it carries a rule that changes its meaning and is not known here")
        return False
    if string(resource.get("status")) == "entered-in-error":
        taking.leave(resource, "the sender marks it as entered in error")
        return False
    reference = resource.get(_SUBJECT.get(resource["resourceType"], "subject"))
    about = taking.graph.resolve(reference, resource)
    if about is not None and about["resourceType"] == "Patient" and about.get("id") != patient.get("id"):
        taking.leave(resource, "it is about another patient")
        return False
    return True


def _take_compositions(taking: Taking) -> None:
    for composition in taking.graph.of_type("Composition"):
        taking.take(composition)
        for reference in (*objects(composition, "author"), *objects(composition, "custodian")):
            author = taking.graph.resolve(reference, composition)
            if author is not None and author["resourceType"] != "Device" and name_of(author) == taking.system:
                taking.take(author)
        for section in _sections(composition):
            _take_section(composition, section, taking)


def _take_section(composition: Json, section: Json, taking: Taking) -> None:
    said = codes_of(section, "code")
    ours = next(
        (
            codes.SECTION_OF_LOINC[c]
            for c in sorted(said)
            if c in codes.SECTIONS_OF_THE_WHOLE and c in codes.SECTION_OF_LOINC
        ),
        "",
    )
    for reference in objects(section, "entry"):
        resource = taking.graph.resolve(reference, composition)
        if resource is not None and resource["resourceType"] == "List":
            taking.take(resource)  # its items are taken one by one
    if not ours:
        return
    reasons = codes_of(section, "emptyReason") & set(codes.STATE_OF_EMPTY_REASON)
    if reasons:
        taking.states.setdefault(ours, codes.STATE_OF_EMPTY_REASON[min(reasons)])
    elif ours == "what_matters" and narrative(section) and ours not in taking.entries:
        text = narrative(section)[:4000]
        taking.entries[ours] = [WhatMatters(**taking.known(composition), text=text)]
    elif not objects(section, "entry") and narrative(section):
        taking.notes.append(
            (string(section.get("title"))[:120] or ours, "the section has only text, no entries: read it")
        )


def _leave_the_rest(taking: Taking) -> None:
    for resource in taking.graph.resources:
        kind = resource["resourceType"]
        if id(resource) not in taking.taken_ids and id(resource) not in taking.left:
            if kind in {"Medication", "Device"}:
                why = f"a {kind.lower()} that nothing taken names"
            else:
                why = codes.UNUSED.get(kind, "this kind of resource is not part of the summary")
            taking.leave(resource, why)
    for section, state in taking.states.items():
        if taking.entries.get(section) and state == SectionState.NONE_KNOWN:
            taking.notes.append(
                (section.replace("_", " "), "it says none known, and holds entries: the entries are kept")
            )
