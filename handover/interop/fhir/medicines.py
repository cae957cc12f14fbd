"""Medicines: statements, requests, administrations and dispenses into one list without doubles."""

from typing import Literal

from handover.interop.fhir.bundle import Taking
from handover.interop.fhir.clinical import coded, says_none
from handover.interop.fhir.values import Json, amount, moment, objects, string, when, words
from handover.patients.documents import Medication

_HELD = {"on-hold"}
_STOPPED = {"stopped", "completed", "cancelled", "not-taken", "ended"}
_VOID = {"entered-in-error", "draft", "not-done", "unknown", "declined"}


def medicine(resource: Json, taking: Taking) -> None:
    """A MedicationStatement, MedicationRequest or MedicationDispense as one line; the same line twice is taken once."""
    if says_none(resource, "medications", taking):
        return
    status = string(resource.get("status"))
    if status in _VOID or resource.get("doNotPerform") is True:
        why = "it is an order not to give it" if resource.get("doNotPerform") is True else f"its status is {status}"
        taking.leave(resource, why)
        return
    name, used, code = _named(resource, taking)
    if not name:
        taking.leave(resource, "it names no medicine")
        return
    dosage = next(iter(objects(resource, "dosage") or objects(resource, "dosageInstruction")), {})
    entry = Medication(
        **taking.known(resource),
        **code,
        name=taking.line(resource, name),
        dose=taking.line(resource, _dose(dosage)),
        route=taking.line(resource, words(dosage.get("route"))),
        frequency=taking.line(resource, _frequency(dosage)),
        status=_status(status),
    )
    _add(resource, entry, taking)
    if used is not None:
        taking.take(used)


def _add(resource: Json, entry: Medication, taking: Taking) -> None:
    def line(one: Medication) -> tuple[str, str, str, str]:
        return one.name.lower(), one.dose.lower(), one.route.lower(), one.frequency.lower()

    for known in taking.entries.get("medications", []):
        if isinstance(known, Medication) and line(known) == line(entry) and known.status == entry.status:
            taking.take(resource)  # said twice, listed once
            return
    taking.take(resource, "medications", entry)


def administration(resource: Json, taking: Taking) -> None:
    """The time a medicine was last given: added to its line, or a line of its own when there is none yet."""
    given = moment(when(resource, "effectiveDateTime", "effectivePeriod"))
    name, used, code = _named(resource, taking)
    if string(resource.get("status")) not in {"completed", "in-progress"} or given is None or not name:
        taking.leave(resource, "it does not say that a named medicine was given, and when")
        return
    if used is not None:
        taking.take(used)
    lines = taking.entries.setdefault("medications", [])
    for place, known in enumerate(lines):
        if isinstance(known, Medication) and known.name.lower() == name.lower():
            if known.last_given is None or known.last_given < given:
                lines[place] = known.model_copy(update={"last_given": given})
            taking.take(resource)
            return
    dosage = next(iter(objects(resource, "dosage")), {})
    entry = Medication(
        **taking.known(resource),
        **code,
        name=taking.line(resource, name),
        dose=taking.line(resource, amount(dosage.get("dose")) or string(dosage.get("text"))),
        route=taking.line(resource, words(dosage.get("route"))),
        last_given=given,
    )
    taking.take(resource, "medications", entry)


def _named(resource: Json, taking: Taking) -> tuple[str, Json | None, dict[str, str]]:
    concept = resource.get("medicationCodeableConcept")
    if isinstance(concept, dict):
        return words(concept), None, coded(concept)
    reference = resource.get("medicationReference")
    found = taking.graph.resolve(reference, resource)
    display = string(reference.get("display") if isinstance(reference, dict) else "")
    if found is None:
        return display, None, {}
    ingredients = [words(one.get("itemCodeableConcept")) for one in objects(found, "ingredient")]
    name = words(found.get("code")) or " + ".join(one for one in ingredients if one) or display
    return name, found, coded(found.get("code"))


def _dose(dosage: Json) -> str:
    for rate in objects(dosage, "doseAndRate"):
        if amount(rate.get("doseQuantity")):
            return amount(rate.get("doseQuantity"))
    return ""


def _frequency(dosage: Json) -> str:
    text = string(dosage.get("text")) or string(dosage.get("patientInstruction"))
    timing = dosage.get("timing")
    if not text and isinstance(timing, dict):
        text = words(timing.get("code")) or _repeat(timing.get("repeat"))
    needed = dosage.get("asNeededBoolean") is True or bool(words(dosage.get("asNeededCodeableConcept")))
    return f"{text}, as needed" if text and needed and "need" not in text.lower() else text or "as needed" * needed


def _repeat(repeat: object) -> str:
    if not isinstance(repeat, dict):
        return ""
    moments = repeat.get("when")
    if isinstance(moments, list) and moments:
        return ", ".join(string(one) for one in moments)
    times, every, unit = (string(repeat.get(key)) for key in ("frequency", "period", "periodUnit"))
    names = {"h": "h", "d": "day", "wk": "week", "mo": "month"}
    if not (times and every and unit in names):
        return ""
    span = names[unit] if every == "1" and unit != "h" else f"{every} {names[unit]}"
    return f"{times} times every {span}" if times != "1" else f"every {span}"


def _status(status: str) -> Literal["current", "held", "stopped"]:
    return "held" if status in _HELD else "stopped" if status in _STOPPED else "current"
