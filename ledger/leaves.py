"""The bytes of an event's leaf in the log: canonical JSON of its row and of a salt. docs/decisions/0006.

Keys sorted, no spaces, UTF-8, as RFC 8785 writes it; every column is there, null where it is empty. The row is read as
text, so that the bytes hang on no driver's types. There are bytes for every row that the table can hold, also for one
that `ledger.services` would never have written: a row without a leaf would stop the log.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from ledger.tiles import LONGEST_ENTRY

FORMAT = "readback-event/1"
# The same for an event that is too long for an entry: its digest stands for it.
FORMAT_OF_LONG = "readback-event-digest/1"
SALT_BYTES = 32

_RECORDED = """to_char(event.recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_DETAIL, _SALT = "detail", "salt"
_SINGLE_UUIDS = ["agent_id", "session_id", "unit_id", "patient_id", "entity_id", "process_id"]
_UUIDS = [*_SINGLE_UUIDS, "patient_ids", "relationship_ids"]
_TEXTS = ["event", "outcome", "reason", "agent_role", "device", "entity_kind", "entity_version", "purpose"]
_COLUMNS = ["id", "recorded", *_UUIDS, *_TEXTS, "request_id", "process_n"]
_KEYS = sorted([*_COLUMNS, _DETAIL, _SALT, "format"])


def _pair(name: str) -> str:
    """SQL for a key and its value. PostgreSQL escapes in JSON what RFC 8785 says, in the same way, and nothing more."""
    if name == "format":
        return f"""'"format":"{FORMAT}"'"""
    quoted = {"recorded": _RECORDED, **{one: f"event.{one}" for one in _SINGLE_UUIDS}}
    # A time and an id hold nothing to escape: quoted by hand they cost half of what to_json takes.
    value = f"""'"' || {quoted[name]} || '"'""" if name in quoted else f"to_json(event.{name})::text"
    return f"""'"{name}":' || coalesce({value}, 'null')"""


def _between(start: int, end: int) -> str:
    return " || ',' || ".join(_pair(name) for name in _KEYS[start:end])


_AT_DETAIL, _AT_SALT = _KEYS.index(_DETAIL), _KEYS.index(_SALT)
# For a query of `ledger_event AS event`: id, time and detail, and the leaf's text before, between and after the two
# values that are not the row's text. It is written in the database: a log is verified by the million.
SELECTED = ", ".join(
    [
        f"event.id, {_RECORDED}, event.detail::text",
        _between(0, _AT_DETAIL),
        _between(_AT_DETAIL + 1, _AT_SALT),
        _between(_AT_SALT + 1, len(_KEYS)),
    ]
)


def event_of(row: str) -> str:
    """SQL for what a leaf or a row that waits names, to be joined to it as `event`.

    Its two parameters are the first and the last time that is asked for, as text: the other months are not even opened.
    OFFSET 0 keeps it a look at an index for each row; the planner would rather read whole months into a hash.
    """
    named = f"one.id = {row}.event_id AND one.recorded = {row}.recorded"
    asked = "one.recorded BETWEEN %s::timestamptz AND %s::timestamptz"
    return f"LATERAL (SELECT * FROM ledger_event AS one WHERE {named} AND {asked} OFFSET 0) AS event"  # noqa: S608


# What RFC 8785 can write: beyond it, two readers may read two numbers.
_LARGEST_INTEGER = 2**53 - 1


def leaf_bytes(row: Sequence[Any], salt: bytes) -> bytes:
    """The leaf of a row of SELECTED. The salt keeps whoever holds only hashes from guessing what was hashed."""
    return salted_leaf(row, salt.hex())


def salted_leaf(row: Sequence[Any], salted: str) -> bytes:
    """The same, with the salt in hex."""
    event_id, recorded, detail, before, between, after = row
    content = f'{{{before},"detail":{_detail(detail)},{between},"salt":"{salted}",{after}}}'.encode()
    if len(content) <= LONGEST_ENTRY:
        return content
    shown = {"id": event_id, "recorded": recorded, "salt": salted}
    return canonical({**shown, "format": FORMAT_OF_LONG, "sha256": sha256(content).hexdigest()}).encode()


def canonical(facts: Any) -> str:
    """The one way to write these facts."""
    return _ENCODER.encode(facts)


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
