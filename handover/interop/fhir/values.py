"""Reading FHIR's data types gently: what is missing or of the wrong kind reads as nothing, never as an error."""

import html
import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

Json = dict[str, Any]
LINE = 300
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def string(value: object) -> str:
    """`value` as one line, or "" when it is no string or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return _SPACE.sub(" ", str(value)).strip()


def objects(resource: object, field: str) -> list[Json]:
    """The objects of a field that may hold one or many."""
    value = resource.get(field) if isinstance(resource, dict) else None
    many = value if isinstance(value, list) else [value]
    return [one for one in many if isinstance(one, dict)]


def codings(concept: object) -> list[Json]:
    """The codings of one CodeableConcept."""
    return objects(concept, "coding")


def codes(concept: object) -> set[str]:
    """The codes of one CodeableConcept."""
    return {string(coding.get("code")) for coding in codings(concept)} - {""}


def codes_of(resource: Json, field: str) -> set[str]:
    """Every code of every CodeableConcept in `field`."""
    return {code for concept in objects(resource, field) for code in codes(concept)}


def words(concept: object) -> str:
    """A CodeableConcept in words: its text, else the first display, else its code."""
    if not isinstance(concept, dict):
        return ""
    for candidate in (concept.get("text"), *(coding.get("display") for coding in codings(concept))):
        if string(candidate):
            return string(candidate)
    return next((f"code {string(c.get('code'))}, sent without words" for c in codings(concept) if c.get("code")), "")


def first_code(concept: object) -> tuple[str, str]:
    """(code, system) of the first coding, or two empty strings."""
    for coding in codings(concept):
        if string(coding.get("code")):
            return string(coding.get("code"))[:LINE], string(coding.get("system"))[:LINE]
    return "", ""


def moment(value: object) -> datetime | None:
    """An instant, aware, or None when the value is not at least a whole day. A bare day is its start, ward time."""
    text = string(value)
    if not _DAY.match(text):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else timezone.make_aware(parsed).astimezone(UTC)


def partial_date(value: object) -> str:
    """An ISO date, whole or partial, as it was written; "" when it is none."""
    text = string(value)[:10]
    return text if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text) else ""


def when(resource: Json, *fields: str) -> object:
    """The first of `fields` that says a time; of a Period its start."""
    for field in fields:
        value = resource.get(field)
        if isinstance(value, dict):
            value = value.get("start") or value.get("end")
        if string(value):
            return value
    return None


def number(value: object) -> Decimal | None:
    """A JSON number as a Decimal, or None."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def amount(quantity: object) -> str:
    """A Quantity in words: "5 mg", "<0.1 mmol/L". More than three decimals are rounded to three."""
    if not isinstance(quantity, dict):
        return ""
    value = number(quantity.get("value"))
    if value is None:
        return ""
    unit = string(quantity.get("unit")) or string(quantity.get("code"))
    return f"{string(quantity.get('comparator'))}{decimal(value)} {unit}".strip()


def decimal(value: Decimal) -> str:
    """A number as it is shown: at most three decimals, no exponent."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -3:
        value = value.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
    return f"{value:f}"


def narrative(resource: Json) -> str:
    """The words of a narrative without its mark-up."""
    text = resource.get("text")
    div = string(text.get("div")) if isinstance(text, dict) else ""
    return _SPACE.sub(" ", html.unescape(_TAG.sub(" ", div))).strip()


def name_of(resource: Json) -> str:
    """The name of an Organization or a person."""
    if string(resource.get("name")):
        return string(resource.get("name"))
    for name in objects(resource, "name"):
        if string(name.get("text")):
            return string(name.get("text"))
        said = name.get("given")
        given: list[Any] = said if isinstance(said, list) else []
        parts = [*(string(part) for part in given), string(name.get("family"))]
        if any(parts):
            return " ".join(part for part in parts if part)
    return ""
