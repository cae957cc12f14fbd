"""The bytes of an event's leaf in the log: canonical JSON of its row and of a salt. docs/decisions/0006.

Keys sorted, no spaces, UTF-8, as RFC 8785 writes it; every column is there, null where it is empty. The row is read as
text, so that the bytes hang on no driver's types. There are bytes for every row that the table can hold, also for one
that `ledger.services` would never have written: a row without a leaf would stop the log.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from ledger.tiles import LONGEST_ENTRY

FORMAT = "readback-event/1"
# The same for an event that is too long for an entry: its digest stands for it.
FORMAT_OF_LONG = "readback-event-digest/1"
SALT_BYTES = 32

_UUIDS = ("agent_id", "session_id", "unit_id", "patient_id", "entity_id")
_LISTS = ("patient_ids", "relationship_ids")
_TEXTS = ("event", "outcome", "reason", "agent_role", "device", "entity_kind", "entity_version", "purpose")
COLUMNS = ("id", "recorded", "detail", *_UUIDS, *_LISTS, *_TEXTS, "request_id")
_RECORDED = """to_char(event.recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# For a query of `ledger_event AS event`, in the order of COLUMNS.
SELECTED = ", ".join(
    [
        f"event.id, {_RECORDED}, event.detail::text",
        *(f"event.{name}::text" for name in _UUIDS),
        *(f"event.{name}::text[]" for name in _LISTS),
        *(f"event.{name}" for name in (*_TEXTS, "request_id")),
    ]
)
# What RFC 8785 can write: beyond it, two readers may read two numbers.
_LARGEST_INTEGER = 2**53 - 1


def leaf_bytes(row: Sequence[Any], salt: bytes) -> bytes:
    """The leaf of a row of SELECTED. The salt keeps whoever holds only hashes from guessing what was hashed."""
    facts = dict(zip(COLUMNS, row, strict=True))
    facts["detail"] = _detail(facts["detail"])
    facts["salt"] = salt.hex()
    facts["format"] = FORMAT
    content = canonical(facts)
    if len(content) <= LONGEST_ENTRY:
        return content
    shown = {name: facts[name] for name in ("id", "recorded", "salt")}
    return canonical({**shown, "format": FORMAT_OF_LONG, "sha256": sha256(content).hexdigest()})


def canonical(facts: dict[str, Any]) -> bytes:
    """The one way to write these facts."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _detail(text: str) -> Any:
    if text == "{}":
        return {}
    try:
        detail = json.loads(text, parse_int=_integer, parse_float=str)
        # What can be read one level less deep than it can be written is found here, and not when the leaf is made.
        canonical({"detail": {"one": {"more": detail}}})
        return detail
    except RecursionError:
        return {"sha256": sha256(text.encode()).hexdigest()}


def _integer(text: str) -> int | str:
    """Itself; its digits where not every reader of JSON reads that number."""
    if len(text) > len(str(_LARGEST_INTEGER)) + 1:
        return text
    number = int(text)
    return number if abs(number) <= _LARGEST_INTEGER else text
