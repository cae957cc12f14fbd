"""An export as bytes, batch by batch: a table, JSON Lines, or FHIR AuditEvents one by one or in a Bundle."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from accounts.visible import visible
from audit.fhir_audit import audit_events
from audit.outgoing.batches import Batch
from audit.outgoing.models import Form
from audit.rows import EventRow

BOM = "\ufeff"
# What makes a spreadsheet take a cell for a formula: also where quotes or blanks stand before it, and in full width.
# Source: OWASP, CSV Injection.
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_BEFORE = " \t\r\n\"'`"
# Also behind a semicolon: where lists are separated by those, it ends a cell, and the quotes do not hold it.
_CELL_WITHIN = re.compile(f";(?=[{re.escape(_BEFORE)}]*[{re.escape(''.join(_FORMULA))}])")
# What ends a line for some readers, and JSON leaves as it is.
_ENDS_OF_LINES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}
COLUMNS = (
    "event_id", "recorded_utc", "event", "what", "outcome", "reason", "person", "person_id", "role", "unit",
    "record_number", "patients", "relationship", "emergency_access", "device", "purpose", "about", "about_id",
    "request_id", "detail",
)  # fmt: skip


def csv_parts(parts: Iterator[Batch]) -> Iterator[bytes]:
    """A table in UTF-8 with the mark by which spreadsheets know it; every cell in quotes, none a formula."""
    yield (BOM + _lines([COLUMNS])).encode()
    for part in parts:
        yield _lines([[cell(fact) for fact in facts_of(row).values()] for row in part.rows]).encode()


def jsonl_parts(parts: Iterator[Batch]) -> Iterator[bytes]:
    """One object a line."""
    for part in parts:
        yield "".join(f"{_json(_object(row))}\n" for row in part.rows).encode()


def fhir_parts(parts: Iterator[Batch]) -> Iterator[bytes]:
    """One AuditEvent a line."""
    for part in parts:
        found = (resource for event in part.events for resource in audit_events(event, part.around))
        yield "".join(f"{_json(resource)}\n" for resource in found).encode()


def bundle_parts(parts: Iterator[Batch]) -> Iterator[bytes]:
    """One Bundle of type collection, written as it goes."""
    yield b'{"resourceType":"Bundle","type":"collection","entry":['
    between = ""
    for part in parts:
        found = [resource for event in part.events for resource in audit_events(event, part.around)]
        entries = [_json({"fullUrl": f"urn:x-readback:event:{one['id']}", "resource": one}) for one in found]
        if entries:
            yield (between + ",".join(entries)).encode()
            between = ","
    yield b"]}\n"


Writer = Callable[[Iterator[Batch]], Iterator[bytes]]
WRITERS: Mapping[str, tuple[Writer, str, str]] = {
    Form.CSV: (csv_parts, "text/csv; charset=utf-8", "csv"),
    Form.JSONL: (jsonl_parts, "application/x-ndjson", "jsonl"),
    Form.FHIR: (fhir_parts, "application/fhir+ndjson", "ndjson"),
    Form.BUNDLE: (bundle_parts, "application/fhir+json", "json"),
}


def cell(fact: object) -> str:
    """What stands in a cell: visible marks only, and nothing that a spreadsheet would reckon with."""
    text = _CELL_WITHIN.sub(";'", visible(str(fact)))
    is_formula = text.lstrip(_BEFORE)[:1] in _FORMULA if text else False
    return f"'{text}" if is_formula else text


def facts_of(row: EventRow) -> dict[str, object]:
    """The columns of an event, in their order."""
    event = row.event
    patients = len(event.patient_ids or []) or int(event.patient_id is not None)
    facts = (
        event.pk, f"{event.recorded:%Y-%m-%dT%H:%M:%S.%f}Z", event.event, row.what, event.outcome, event.reason,
        row.who, event.agent_id or "", event.agent_role, row.unit, row.patients if event.patient_id else "", patients,
        row.relationships, "yes" if row.is_emergency else "", event.device, event.purpose, event.entity_kind,
        event.entity_id or "", event.request_id, _json(event.detail) if event.detail else "",
    )  # fmt: skip
    return dict(zip(COLUMNS, facts, strict=True))


def _object(row: EventRow) -> dict[str, object]:
    event = row.event
    ids = event.patient_ids or ([event.patient_id] if event.patient_id else [])
    more = {"patient_ids": [str(one) for one in ids], "detail": event.detail, "emergency_access": row.is_emergency}
    return {**facts_of(row), **more}


def _lines(rows: Any) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def _json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=str).translate(_ENDS_OF_LINES)
