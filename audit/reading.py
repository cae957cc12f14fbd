"""The record, read newest first: each read walks one index, and looks at so many events at the most.

One filter leads: a patient, else a person, else a few acts by name, else what was refused or failed, else a unit, else
the time. Its index gives the events in order; what else is asked for is held against each of them. So a page costs the
same among a thousand events and among five million: where too many do not fit, it ends early, says how far it has
looked, and goes on from there.
There is no OFFSET and nothing is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import DeviceSession
from audit.searches import NO_RELATIONSHIP, Mark, Search
from ledger.models import Event
from live.acting import acting_as_system

# How many events one read looks at for a page. The second is for a filter that asks another table about each.
LOOKED_AT = 10_000
LOOKED_AT_ONE_BY_ONE = 4_000
# An address with more people or sessions behind it is no longer followed by its people, but by time.
MOST_PEOPLE, MOST_SESSIONS = 10, 500
# A group of more acts than this is followed by time, of which it then is a good part.
MOST_ACTS = 12

_COLUMNS = ", ".join(f'"{field.column}"' for field in Event._meta.concrete_fields)
_WITH_REASON = (
    "EXISTS (SELECT FROM patients_carerelationship AS row WHERE row.id = ANY (relationship_ids) AND row.reason = %s)"
)
_FROM_ADDRESS = (
    "EXISTS (SELECT FROM accounts_devicesession AS session WHERE session.id = session_id AND session.address = %s)"
)
_ONE_BY_ONE = frozenset({_WITH_REASON, _FROM_ADDRESS})


@dataclass(frozen=True)
class Part:
    """A condition in SQL and its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Found:
    """Events in the order of reading, and the place to go on from; None where the record ends.

    `is_early`: not enough of what was looked at did fit; the next read looks further.
    """

    events: list[Event]
    next: Mark | None
    is_early: bool = False


@dataclass(frozen=True)
class _Walk:
    """One index, walked in one direction within the search's time."""

    leads: tuple[Part, ...]
    fits: tuple[Part, ...]
    looked_at: int
    is_back: bool

    @property
    def order(self) -> str:
        return "recorded, id" if self.is_back else "recorded DESC, id DESC"


def read(search: Search, *, wanted: int) -> Found:
    """At most `wanted` events that fit, newest first; oldest first where the search has `newer_than`."""
    is_back = search.newer_than is not None
    with acting_as_system("audit.relationships"):
        walked = [(walk, _rows(walk, wanted + 1)) for walk in _walks(search, is_back)]
        ends = [end for walk, rows in walked if len(rows) <= wanted and (end := _end(walk)) is not None]
    found = {event.pk: event for _walk, rows in walked for event in rows}
    events = sorted(found.values(), key=lambda event: (event.recorded, event.pk), reverse=not is_back)
    if ends:
        # Beyond the nearest end one of the walks has not looked yet.
        nearest = (min if is_back else max)(ends, key=lambda mark: (mark.recorded, mark.event_id))
        events = [event for event in events if not _is_beyond(event, nearest, is_back)]
        if len(events) <= wanted:
            return Found(events, nearest, is_early=True)
    shown = events[:wanted]
    return Found(shown, mark_of(shown[-1]) if len(events) > wanted else None)


def mark_of(event: Event) -> Mark:
    """The place at which this event stands."""
    return Mark(event.recorded, event.pk)


def _walks(search: Search, is_back: bool) -> list[_Walk]:
    leads, fits = _leads(search)
    fits += _fits(search)
    looked_at = LOOKED_AT_ONE_BY_ONE if any(fit.sql in _ONE_BY_ONE for fit in fits) else LOOKED_AT
    time = _time(search)
    return [_Walk((lead, *time), tuple(fits), looked_at, is_back) for lead in leads]


def _leads(search: Search) -> tuple[list[Part], list[Part]]:
    """The conditions that an index answers, one for each walk, and those of them that the others only filter by."""
    person = [Part("agent_id = %s", (search.person_id,))] if search.person_id else []
    sessions = _sessions(search)
    if search.patient_ids:
        # A patient's events lie in two places, those of one patient and those of a list, each with its own index.
        alone = [Part("patient_id = %s", (patient_id,)) for patient_id in search.patient_ids]
        listed = [Part("patient_ids @> ARRAY[%s]::uuid[]", (patient_id,)) for patient_id in search.patient_ids]
        return alone + listed, [*person, *sessions.fits]
    if person:
        return person, list(sessions.fits)
    if sessions.people:
        return [Part("agent_id = %s", (person_id,)) for person_id in sessions.people], list(sessions.fits)
    return _leads_of_nobody(search), list(sessions.fits)


def _leads_of_nobody(search: Search) -> list[Part]:
    """Where neither a patient nor a person is looked for."""
    acts = search.acts()
    if 0 < len(acts) <= MOST_ACTS:
        # A name for each walk: a rare act among millions has few events, and its index has them side by side.
        return [Part("event = %s", (act,)) for act in acts]
    if search.outcome in {"refused", "failed"}:
        # In the words of the small index of unusual events.
        return [Part("outcome <> 'success'")]
    return [Part("unit_id = %s", (search.unit_id,))] if search.unit_id else [Part("TRUE")]


@dataclass(frozen=True)
class _Sessions:
    people: Sequence[UUID] = ()
    fits: tuple[Part, ...] = ()


def _sessions(search: Search) -> _Sessions:
    """Whose sessions were signed in from the address: the event itself names only its session."""
    if not search.address:
        return _Sessions()
    rows = DeviceSession.objects.filter(address=search.address).order_by("-started")
    rows = rows.filter(started__lt=search.until) if search.until else rows
    found = list(rows.values_list("pk", "person_id")[: MOST_SESSIONS + 1])
    if len(found) > MOST_SESSIONS:
        # A whole hospital behind one address. Those beyond would be left out without a word.
        return _Sessions(fits=(Part(_FROM_ADDRESS, (search.address,)),))
    people = sorted({person_id for _session, person_id in found})
    fits = (Part("session_id = ANY (%s::uuid[])", ([session_id for session_id, _person in found],)),)
    return _Sessions(people if len(people) <= MOST_PEOPLE else (), fits)


def _fits(search: Search) -> list[Part]:
    parts = []
    if search.unit_id:
        parts.append(Part("unit_id = %s", (search.unit_id,)))
    if acts := search.acts():
        parts.append(Part("event = ANY (%s)", (acts,)))
    if search.outcome:
        parts.append(Part("outcome = %s", (search.outcome,)))
    if search.device:
        parts.append(Part("strpos(lower(device), lower(%s)) > 0", (search.device,)))
    if search.relationship == NO_RELATIONSHIP:
        parts.append(Part("relationship_ids IS NULL AND (patient_id IS NOT NULL OR patient_ids IS NOT NULL)"))
    elif search.relationship:
        parts.append(Part(_WITH_REASON, (search.relationship,)))
    return parts


def _time(search: Search) -> list[Part]:
    """The part of the index's order that is walked: both bounds and the mark are bounds of the index.

    Of a mark the time stands alone once more: from it the database knows which months it need not open.
    """
    parts = []
    if search.since:
        parts.append(Part("recorded >= %s", (search.since,)))
    if search.until:
        parts.append(Part("recorded < %s", (search.until,)))
    if mark := search.older_than:
        parts.append(
            Part("recorded <= %s AND (recorded, id) < (%s, %s)", (mark.recorded, mark.recorded, mark.event_id))
        )
    if mark := search.newer_than:
        parts.append(
            Part("recorded >= %s AND (recorded, id) > (%s, %s)", (mark.recorded, mark.recorded, mark.event_id))
        )
    return parts


def _rows(walk: _Walk, limit: int) -> list[Event]:
    where, parameters = _joined(walk.leads)
    if not walk.fits:
        sql = f"SELECT {_COLUMNS} FROM ledger_event WHERE {where} ORDER BY {walk.order} LIMIT %s"  # noqa: S608
        return list(Event.objects.raw(sql, [*parameters, limit]))
    fits, more = _joined(walk.fits)
    looked = f"SELECT {_COLUMNS} FROM ledger_event WHERE {where} ORDER BY {walk.order} LIMIT %s"  # noqa: S608
    sql = f"SELECT {_COLUMNS} FROM ({looked}) AS looked WHERE {fits} ORDER BY {walk.order} LIMIT %s"  # noqa: S608
    return list(Event.objects.raw(sql, [*parameters, walk.looked_at, *more, limit]))


def _end(walk: _Walk) -> Mark | None:
    """Where a walk that has not found enough stopped looking; None where it has come to the end."""
    if not walk.fits:
        return None
    where, parameters = _joined(walk.leads)
    numbered = (
        f"SELECT recorded, id, row_number() OVER (ORDER BY {walk.order}) AS place FROM ledger_event WHERE {where}"  # noqa: S608
    )
    looked = f"{numbered} ORDER BY {walk.order} LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT recorded, id FROM ({looked}) AS looked WHERE place = %s",  # noqa: S608
            [*parameters, walk.looked_at, walk.looked_at],
        )
        last = cursor.fetchone()
    return Mark(*last) if last else None


def _joined(parts: Sequence[Part]) -> tuple[str, list[Any]]:
    return " AND ".join(part.sql for part in parts), [value for part in parts for value in part.parameters]


def _is_beyond(event: Event, end: Mark, is_back: bool) -> bool:
    here, last = (event.recorded, event.pk), (end.recorded, end.event_id)
    return here > last if is_back else here < last
