"""From a file's bytes to one FHIR R4 Bundle, or a sentence that names the problem.

The file is a stranger's: size, depth and keys are checked before anything walks it. Numbers stay decimal, so that a
dose or a result is shown as it was written.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_ENTRIES = 5_000
# A number with more digits before its point is none that was measured: "1e999999999" would be written out in zeros.
MAX_WHOLE_DIGITS = 18
BUNDLE_TYPES = frozenset({"document", "collection", "transaction", "searchset"})
# Keys that mean something to other languages' objects and nothing to FHIR: a file that has them is an attack or broken.
HOSTILE_KEYS = frozenset({"__proto__", "constructor", "prototype", "__class__"})
R5_ONLY_TYPES = frozenset(
    {"DeviceUsage", "NutritionIntake", "Transport", "InventoryItem", "GenomicStudy", "FormularyItem"}
)
# What R5 turned into a list or an object where R4 has a code, a string or a single object.
R5_SHAPES = (
    ("Composition", "subject", list),
    ("Encounter", "class", list),
    ("Encounter", "actualPeriod", dict),
    ("MedicationStatement", "medication", dict),
    ("MedicationRequest", "medication", dict),
    ("MedicationAdministration", "medication", dict),
    ("Consent", "decision", str),
    ("Bundle", "issues", dict),
)
# A string as a whole (brackets inside it do not count), or one bracket.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_R5_VERSION = re.compile(r"hl7\.org/fhir/5\.0|\|5\.0\.\d")

Json = dict[str, Any]


class FhirProblem(Exception):
    """The file cannot be imported. The message is for a person: what is wrong with it and what to send instead."""


def read_bundle(raw: bytes) -> Json:
    """The Bundle in `raw`, its entries checked to be objects with a resource type. Raises FhirProblem otherwise."""
    if len(raw) > MAX_BYTES:
        raise FhirProblem(
            f"The file has {len(raw) / 1048576:.0f} MB; the most that is taken is {MAX_BYTES // 1048576} MB. "
            "Send one patient's document, not a whole export."
        )
    document = _parse(_text(raw))
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise FhirProblem("The file is JSON but not FHIR: it has no resourceType. Send a FHIR R4 Bundle.")
    if document["resourceType"] != "Bundle":
        raise FhirProblem(
            f"The file holds a single {document['resourceType'][:40]}, not a Bundle. Send a Bundle with its patient."
        )
    _refuse_other_release(document)
    return _checked(document)


def _text(raw: bytes) -> str:
    if not raw.strip():
        raise FhirProblem("The file is empty.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise FhirProblem("The file is not text in UTF-8, so it is not FHIR JSON.") from exc


def _parse(text: str) -> object:
    if text.lstrip().startswith("<"):
        raise FhirProblem("The file is XML or HTML. Send the JSON form of the FHIR Bundle.")
    is_open = _depth_at_end(text) > 0
    try:
        return json.loads(text, parse_float=_number, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as exc:
        if is_open:
            raise FhirProblem("The file breaks off before its end: it was cut short. Send it again.") from exc
        raise FhirProblem(f"The file is not JSON: line {exc.lineno}, column {exc.colno} cannot be read.") from exc
    except ValueError as exc:  # an integer of thousands of digits, or an exponent
        raise FhirProblem("The file holds a number that is too long to be one.") from exc


def _depth_at_end(text: str) -> int:
    """How many brackets are open at the end. Counted on the text, before a parser recurses into it."""
    depth = 0
    for token in _TOKEN.finditer(text):
        character = token[0][0]
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise FhirProblem(f"The file is nested more than {MAX_DEPTH} deep, which no FHIR document is.")
        elif character in "]}":
            depth -= 1
    return depth


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as exc:  # an exponent beyond what a computer counts
        raise ValueError from exc
    if value.adjusted() >= MAX_WHOLE_DIGITS:
        raise ValueError
    return value


def _refuse_constant(name: str) -> object:
    raise FhirProblem(f"The file holds {name}, which is not a number in JSON.")


def _object(pairs: list[tuple[str, object]]) -> Json:
    result: Json = {}
    for key, value in pairs:
        if key in HOSTILE_KEYS:
            raise FhirProblem(f"The file has a field named {key}, which no FHIR resource has. It is not safe to read.")
        if key in result:
            raise FhirProblem(f"The field {key[:40]} stands twice in one object: which one is meant cannot be known.")
        result[key] = value
    return result


def _refuse_other_release(document: Json) -> None:
    resources = [document] + [
        entry["resource"]
        for entry in document.get("entry") or []
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
    ]
    for resource in resources:
        kind = resource.get("resourceType")
        profiles = (
            str((resource.get("meta") or {}).get("profile", "")) if isinstance(resource.get("meta"), dict) else ""
        )
        shaped = any(kind == t and isinstance(resource.get(field), shape) for t, field, shape in R5_SHAPES)
        if kind in R5_ONLY_TYPES or shaped or _R5_VERSION.search(profiles):
            raise FhirProblem(f"The file is FHIR R5 ({str(kind)[:40]} has its R5 form). Send it as FHIR R4.")


def _checked(document: Json) -> Json:
    if document.get("type") not in BUNDLE_TYPES:
        raise FhirProblem(
            f"A Bundle of type '{str(document.get('type'))[:30]}' cannot be imported. "
            "Send a document, collection, transaction or searchset."
        )
    entries = document.get("entry")
    if not isinstance(entries, list) or not entries:
        raise FhirProblem("The Bundle has no entries.")
    if len(entries) > MAX_ENTRIES:
        raise FhirProblem(f"The Bundle has {len(entries)} entries; the most that is taken is {MAX_ENTRIES}.")
    for place, entry in enumerate(entries, 1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise FhirProblem(f"Entry {place} of the Bundle holds no FHIR resource.")
    return document
