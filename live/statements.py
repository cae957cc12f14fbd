"""Statements written by hand for what every act and every frame goes through: planned once for each kept connection.

PostgreSQL plans a statement anew each time it is sent; for the longest that costs more than to answer it. The first use
on a connection sends a PREPARE, each use an EXECUTE. Several that need no answer of one another go in one message.
Behind a pooler that shares connections between transactions settings.DATABASE_PREPARE has to be off (decision 0044).
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection

Parameters = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]
_PLACE = re.compile(r"%(?:\((\w+)\))?s(::\w+(?:\[\])?)?")
# What each open connection has planned. A new connection of the same thread is another key: it plans anew.
_planned: "WeakKeyDictionary[Any, set[str]]" = WeakKeyDictionary()


class Call(NamedTuple):
    """A statement with its parameters, to be run together with others. `written` is called when all have been run."""

    statement: "Statement"
    parameters: Parameters
    written: Callable[[], None] | None = None


class Statement:
    """A statement with psycopg's places, %s or %(name)s. A name may stand in several places, and is sent once."""

    def __init__(self, text: str) -> None:
        names: dict[str, str] = {}
        casts: list[str] = []

        def numbered(place: "re.Match[str]") -> str:
            name, cast = place[1] or f"#{len(casts)}", place[2] or ""
            if name not in names:
                casts.append(cast)
                names[name] = f"${len(casts)}"
            return names[name] + cast

        self._text = text
        self._name = "readback_" + hashlib.sha256(text.encode()).hexdigest()[:24]
        self._prepare = f"PREPARE {self._name} AS {_PLACE.sub(numbered, text)}"
        keys = [f"%({name})s" if not name.startswith("#") else "%s" for name in names]
        arguments = ", ".join(key + cast for key, cast in zip(keys, casts, strict=True))
        self._execute = f"EXECUTE {self._name}" + (f"({arguments})" if arguments else "")

    def run(self, parameters: Parameters = ()) -> int:
        """How many rows it changed."""
        with connection.cursor() as cursor:
            cursor.execute(self.ready(), parameters)
            return int(cursor.rowcount)

    def first(self, parameters: Parameters = ()) -> Row | None:
        """The first row of the answer, or None."""
        with connection.cursor() as cursor:
            cursor.execute(self.ready(), parameters)
            return cursor.fetchone()  # type: ignore[no-any-return]

    def only(self, parameters: Parameters = ()) -> Row:
        """The row of an answer that always has one."""
        return self.all(parameters)[0]

    def all(self, parameters: Parameters = ()) -> list[Row]:
        """The rows of the answer."""
        with connection.cursor() as cursor:
            cursor.execute(self.ready(), parameters)
            return cursor.fetchall()  # type: ignore[no-any-return]

    def ready(self) -> str:
        """What to send: its EXECUTE, once this thread's connection has planned it; else the statement as it is."""
        if not settings.DATABASE_PREPARE:
            return self._text
        connection.ensure_connection()
        planned = _planned.setdefault(connection.connection, set())
        if self._name not in planned:
            with connection.cursor() as cursor, connection.wrap_database_errors:
                # Not by Django's cursor, which would count it as a query of whoever comes first.
                cursor.cursor.execute(self._prepare.replace("%%", "%"))
            planned.add(self._name)
        return self._execute


class Unplanned(Statement):
    """One that is sent as it stands: its length differs from use to use, and a plan of each would be kept for ever."""

    def __init__(self, text: str) -> None:
        self._text = text

    def ready(self) -> str:
        """The text."""
        return self._text


def run_together(calls: Sequence[Call]) -> list[Row]:
    """Runs them one after the other, sent in one message; gives the rows of the last one, if it has any."""
    if not calls:
        return []
    with connection.cursor() as cursor:
        sent = [cursor.mogrify(call.statement.ready(), call.parameters).decode() for call in calls]
        cursor.execute("; ".join(sent))
        rows = cursor.fetchall() if cursor.description else []
    for call in calls:
        if call.written is not None:
            call.written()
    return rows
