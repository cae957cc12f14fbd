"""One event, one line of JSON: ids and event names, never words about a patient.

The rooms log event names with ids. What libraries log may carry anything (an address with a search in it, a value in
an exception's text), so of theirs only the sentence without its values is kept, and of an exception only its kind and
where it happened. Line breaks and other controls leave as escapes: nobody can write a line of their own into the log.
"""

import json
import logging
import traceback
from datetime import UTC, datetime

OWN = "readback"
LONGEST_EVENT = 200
DEEPEST_TRACE = 12
# What a record may carry besides, from `extra=`: codes and ids that name themselves.
FIELDS = ("request_id", "person_id", "session_id", "patient_id", "subject_id", "code", "cause", "count", "process")


class JsonLines(logging.Formatter):
    """Formats a record as one line of ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event_of(record),
        }
        line.update({name: str(vars(record)[name]) for name in FIELDS if vars(record).get(name) and name != "process"})
        line.update(_of_request(record))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _kinds(record.exc_info[1])
            line["trace"] = _places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)


def event_of(record: logging.LogRecord) -> str:
    """What happened: in the rooms' own words, or a library's sentence without the values that it would fill in."""
    if record.name == OWN or record.name.startswith(f"{OWN}."):
        return record.getMessage()[:LONGEST_EVENT]
    return str(record.msg).partition("\n")[0][:LONGEST_EVENT]


def _of_request(record: logging.LogRecord) -> dict[str, object]:
    """Which page it was, by its name: an address would carry what somebody searched for."""
    request = getattr(record, "request", None)
    if request is None:
        return {}
    match = getattr(request, "resolver_match", None)
    found = {
        "request_id": getattr(request, "request_id", ""),
        "view": getattr(match, "view_name", "") or "",
        "status": getattr(record, "status_code", ""),
    }
    return {name: value for name, value in found.items() if value}


def _kinds(error: BaseException) -> str:
    """The kinds of an error and of what caused it, without their texts."""
    kinds: list[str] = []
    current: BaseException | None = error
    while current is not None and len(kinds) < DEEPEST_TRACE:
        kinds.append(f"{type(current).__module__}.{type(current).__qualname__}")
        current = current.__cause__ or current.__context__
    return " < ".join(kinds)


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST_TRACE:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
