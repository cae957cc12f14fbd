"""One event is one line, whatever somebody puts into it; and no value of a library's message is in it."""

import json
import logging
import sys

from hypothesis import given
from hypothesis import strategies as st

from config.logs import JsonLines


def record(name: str, message: object, *args: object, error: BaseException | None = None, **extra: object) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, info)
    vars(made).update(extra)
    return JsonLines().format(made)


def is_one_plain_line(line: str) -> bool:
    return line.isascii() and line.isprintable()


@given(text=st.text(), value=st.text(), code=st.text())
def test_whatever_is_logged_is_one_line_of_json(text, value, code) -> None:
    try:
        raise ValueError(value)
    except ValueError as exc:
        line = record("readback.edge", text.replace("%", "%%"), error=exc, code=code)
    assert is_one_plain_line(line)
    assert json.loads(line)["level"] == "error"


@given(value=st.text(min_size=6))
def test_no_value_of_a_librarys_message_is_kept(value) -> None:
    secret = f"canary-{value}-canary"
    line = record("django.request", "%s: %s", "Not Found", f"/patients/search/?family={secret}", code="x")
    assert json.dumps(secret)[1:-1] not in line


def test_an_exceptions_text_is_not_kept_but_its_kind_and_place_are() -> None:
    try:
        try:
            raise KeyError("Fenwickle")
        except KeyError as exc:
            raise ValueError("Odalys Fenwickle, 04-Mar-1951") from exc
    except ValueError:
        line = json.loads(record("asyncio", "Task failed\nfuture: Fenwickle", error=sys.exc_info()[1]))
    assert "Fenwickle" not in json.dumps(line)
    assert line["error"] == "builtins.ValueError < builtins.KeyError"
    assert "test_logs.py" in line["trace"][-1]
    assert line["event"] == "Task failed"


def test_a_line_break_cannot_forge_a_line() -> None:
    line = record("readback.edge", 'page.undrawn\n{"event": "session.ended"}', cause="a\r\nb\u2028c\x1b[31m")
    assert is_one_plain_line(line)
    assert json.loads(line)["cause"] == "a\r\nb\u2028c\x1b[31m"
