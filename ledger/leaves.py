"""The bytes of an event's leaf in the log: canonical JSON of its row and of a salt. docs/decisions/0006.

Keys sorted, no spaces, UTF-8, as RFC 8785 writes it; every column is there, null where it is empty. The row is read as
text, so that the bytes hang on no driver's types. There are bytes for every row that the table can hold, also for one
that `ledger.services` would never have written: a row without a leaf would stop the log.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
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
    facts = dict(zip(COLUMNS, map(_written, row), strict=True))
    facts |= {"detail": _detail(row[_DETAIL]), "salt": _written(salt.hex()), "format": _FORMAT}
    content = (_TEMPLATE % facts).encode()
    if len(content) <= LONGEST_ENTRY:
        return content
    shown = {"id": row[0], "recorded": row[1], "salt": salt.hex()}
    return canonical({**shown, "format": FORMAT_OF_LONG, "sha256": sha256(content).hexdigest()}).encode()


def canonical(facts: Any) -> str:
    """The one way to write these facts."""
    return _ENCODER.encode(facts)


def _written(value: Any) -> str:
    """What `canonical` gives for a column's value, in a third of the time: a log is verified by the million."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    return str(value)


# Most details are one of a few.
@lru_cache(maxsize=1024)
def _detail(text: str) -> str:
    try:
        return canonical(_DECODER.decode(text))
    except RecursionError:
        return canonical({"sha256": sha256(text.encode()).hexdigest()})


def _integer(text: str) -> int | str:
    """Itself; its digits where not every reader of JSON reads that number."""
    if len(text) > len(str(_LARGEST_INTEGER)) + 1:
        return text
    number = int(text)
    return number if abs(number) <= _LARGEST_INTEGER else text


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=str)
_FORMAT = _written(FORMAT)
_DETAIL = COLUMNS.index("detail")
_TEMPLATE = "{" + ",".join(f'"{name}":%({name})s' for name in sorted([*COLUMNS, "format", "salt"])) + "}"
