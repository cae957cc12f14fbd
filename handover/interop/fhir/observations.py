"""Observations and reports: vital signs gathered into sets by their time, weights, results, results still pending."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from handover.interop.fhir import codes
from handover.interop.fhir.bundle import Taking
from handover.interop.fhir.clinical import coded
from handover.interop.fhir.values import (
    Json,
    amount,
    codes_of,
    decimal,
    moment,
    number,
    objects,
    string,
    when,
    words,
)
from handover.patients.documents import Entry, PendingResult, Result, VitalSigns, Weight
from handover.patients.rules import kept_vitals

_USABLE = {"final", "amended", "corrected", "preliminary"}
_PENDING = {"registered", "partial", "preliminary"}


class Impossible(Exception):
    """A value that no patient can have, or a unit that is not known for it: the message says which."""


def observation(resource: Json, taking: Taking) -> None:
    """An Observation as a vital sign, a weight, a result or a result that is pending."""
    said = codes_of(resource, "code")
    status = string(resource.get("status"))
    if status == "registered":
        _pending(resource, taking)
    elif status not in _USABLE:
        taking.leave(resource, f"its status is {status or 'not given'}")
    elif said & set(codes.VITALS_NOT_KEPT):
        taking.leave(resource, codes.VITALS_NOT_KEPT[next(iter(said & set(codes.VITALS_NOT_KEPT)))])
    elif said & codes.WEIGHT_CODES:
        _weight(resource, taking)
    elif said & (set(codes.VITAL_FIELD) | codes.BLOOD_PRESSURE_PANELS):
        _vital(resource, taking)
    elif _is_result(resource):
        _result(resource, taking)
    else:
        taking.leave(resource, "an observation that is neither a vital sign nor a result (such as social history)")


def _is_result(resource: Json) -> bool:
    categories = codes_of(resource, "category")
    if categories & {"social-history", "survey", "vital-signs", "activity"}:
        return False
    return bool(categories & {"laboratory", "imaging", "procedure", "exam"}) or resource.get("_section") == "results"


def _vital(resource: Json, taking: Taking) -> None:
    taken = moment(when(resource, "effectiveDateTime", "effectivePeriod", "effectiveInstant"))
    if taken is None:
        taking.leave(resource, "it does not say when it was measured")
        return
    try:
        values = _measured(resource)
    except Impossible as exc:
        taking.leave(resource, str(exc))
        return
    if not values:
        taking.leave(resource, f"it holds no value ({words(resource.get('dataAbsentReason')) or 'no reason given'})")
        return
    _into_set(resource, taken, values, taking)


def _measured(resource: Json) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for part in [resource, *objects(resource, "component")]:
        for code in codes_of(part, "code") & set(codes.VITAL_FIELD):
            quantity = part.get("valueQuantity")
            if isinstance(quantity, dict):
                values[codes.VITAL_FIELD[code]] = _in_range(codes.VITAL_FIELD[code], quantity)
    return values


def _in_range(field: str, quantity: Json) -> int | float:
    value = _converted(quantity)
    low, high = codes.POSSIBLE[field]
    if not low <= value <= high:
        raise Impossible(f"{amount(quantity)} is not possible for {field.replace('_', ' ')}")
    if field == "temperature_c":
        return float(value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))
    if field == "oxygen_flow_l_per_min":
        return float(value)
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _converted(quantity: Json) -> Decimal:
    value = number(quantity.get("value"))
    unit = string(quantity.get("code")) or string(quantity.get("unit"))
    if value is None or string(quantity.get("comparator")):
        raise Impossible(f"'{amount(quantity) or 'nothing'}' is not one measured number")
    if unit not in codes.KNOWN_UNITS:
        raise Impossible(f"the unit '{unit[:20]}' is not known for it")
    factor, offset = codes.CONVERSION.get(unit, (Decimal(1), Decimal(0)))
    return value * factor + offset


def _into_set(resource: Json, taken: datetime, values: dict[str, Any], taking: Taking) -> None:
    if "oxygen_flow_l_per_min" in values:
        values["on_oxygen"] = values["oxygen_flow_l_per_min"] > 0
    sets = taking.entries.setdefault("vital_signs", [])
    taking.sets.setdefault(taken, []).append(resource)
    for place, known in enumerate(sets):
        if isinstance(known, VitalSigns) and known.taken == taken:
            sets[place] = known.model_copy(update=values)
            taking.take(resource)
            return
    taking.take(resource, "vital_signs", VitalSigns(**taking.known(resource), taken=taken, **values))


def keep_recent_sets(taking: Taking) -> None:
    """Leaves the sets that the summary does not keep, so that the report does not count them as taken."""
    sets = [entry for entry in taking.entries.get("vital_signs", []) if isinstance(entry, VitalSigns)]
    kept = kept_vitals(sets)
    taking.entries["vital_signs"] = list(kept)
    for dropped in {entry.taken for entry in sets} - {entry.taken for entry in kept}:
        for resource in taking.sets.get(dropped, []):
            taking.release(resource, "older than the vital signs that the summary keeps (48 hours before the newest)")


def _weight(resource: Json, taking: Taking) -> None:
    quantity = resource.get("valueQuantity")
    taken = moment(when(resource, "effectiveDateTime", "effectivePeriod"))
    try:
        kg = _converted(quantity) if isinstance(quantity, dict) else Decimal(0)
    except Impossible as exc:
        taking.leave(resource, str(exc))
        return
    if not Decimal("0.2") <= kg < 700:
        taking.leave(resource, f"{amount(quantity) or 'no value'} is not a possible weight")
        return
    entry = Weight(
        **taking.known(resource),
        kg=float(kg.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)),
        how="measured",
        taken=taken,
    )
    known: list[Entry] = taking.entries.setdefault("weight", [])
    newest = known[0] if known else None
    if isinstance(newest, Weight) and newest.taken and (taken is None or taken <= newest.taken):
        taking.leave(resource, "an older weight; the newest is kept")
        return
    known.clear()
    taking.take(resource, "weight", entry)


def _result(resource: Json, taking: Taking) -> None:
    name, value = words(resource.get("code")), _value(resource)
    if not value and objects(resource, "hasMember"):
        taking.leave(resource, "a group of results; each is taken by itself")
        return
    if not name or not value:
        taking.leave(resource, "it has no value" if name else "it has no name")
        return
    interpretation = codes_of(resource, "interpretation") & set(codes.INTERPRETATION)
    flag: Any = codes.INTERPRETATION[min(interpretation)] if interpretation else ""
    entry = Result(
        **taking.known(resource),
        **coded(resource.get("code")),
        name=taking.line(resource, name),
        value=taking.line(resource, value),
        flag=flag,
        taken=moment(when(resource, "effectiveDateTime", "effectivePeriod", "issued")),
    )
    taking.take(resource, "results", entry)


def _value(resource: Json) -> str:
    if amount(resource.get("valueQuantity")):
        return amount(resource.get("valueQuantity"))
    if words(resource.get("valueCodeableConcept")):
        return words(resource.get("valueCodeableConcept"))
    if isinstance(resource.get("valueBoolean"), bool):
        return "yes" if resource["valueBoolean"] else "no"
    plain = number(resource.get("valueInteger"))
    if plain is not None:
        return decimal(plain)
    for field in ("valueString", "valueDateTime"):
        if string(resource.get(field)):
            return string(resource.get(field))
    parts = [f"{words(part.get('code'))} {_value(part)}".strip() for part in objects(resource, "component")]
    return ", ".join(part for part in parts if part)


def report(resource: Json, taking: Taking) -> None:
    """A DiagnosticReport: pending while it is not final, else its conclusion; its results are taken one by one."""
    status = string(resource.get("status"))
    conclusion = string(resource.get("conclusion"))
    if status in _PENDING:
        _pending(resource, taking)
    elif status not in _USABLE or not conclusion:
        why = "its results are taken one by one" if status in _USABLE else f"its status is {status or 'not given'}"
        taking.leave(resource, why)
    else:
        entry = Result(
            **taking.known(resource),
            **coded(resource.get("code")),
            name=taking.line(resource, words(resource.get("code")) or "Report"),
            value=taking.line(resource, conclusion),
            taken=moment(when(resource, "effectiveDateTime", "effectivePeriod", "issued")),
        )
        taking.take(resource, "results", entry)


def _pending(resource: Json, taking: Taking) -> None:
    name = words(resource.get("code"))
    if not name:
        taking.leave(resource, "a result still to come that has no name")
        return
    performers = [string(one.get("display")) for one in objects(resource, "performer")]
    entry = PendingResult(
        **taking.known(resource),
        **coded(resource.get("code")),
        name=taking.line(resource, name),
        ordered=moment(when(resource, "effectiveDateTime", "effectivePeriod", "issued")),
        owner=taking.line(resource, ", ".join(one for one in performers if one)),
    )
    taking.take(resource, "pending_results", entry)
