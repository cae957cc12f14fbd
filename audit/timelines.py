"""Two readings of the record: who saw one patient and why, day by day; and one person's day, from sign-in to sign-out.

What somebody did again and again is one line with a count. Patients are shown by record number, and nothing clinical is
in the record. Each look is on record before it is given.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import DeviceSession, Person
from audit import wording
from audit.acts import LOOKS, kind_of
from audit.reading import Found, read
from audit.rows import EventRow, Known
from audit.searches import Mark, Search
from audit.selectors import record_search, require_officer
from audit.times import day_of
from handover.patients.models import CareRelationship
from ledger.models import Event
from live.refusals import NotFound

EVENTS_ON_A_TIMELINE = 400


@dataclass(frozen=True)
class Reason:
    """A relationship in words, with the time for which it held."""

    words: str
    begins: datetime
    ends: datetime | None


@dataclass
class Line:
    """What was done once, or several times alike: the first and the last of them."""

    row: EventRow
    first: datetime
    last: datetime
    reasons: list[Reason] = field(default_factory=list)
    count: int = 1

    @property
    def is_look(self) -> bool:
        return kind_of(self.row.event.event) in LOOKS

    @property
    def is_unexplained(self) -> bool:
        """A look at a patient that went through and that no relationship is recorded for."""
        event = self.row.event
        of_a_patient = event.patient_id is not None or bool(event.patient_ids)
        return self.is_look and of_a_patient and event.outcome == "success" and not event.relationship_ids


@dataclass(frozen=True)
class Visitor:
    """One person on one day, with what they did to the patient."""

    row: EventRow
    lines: list[Line]


@dataclass(frozen=True)
class Day:
    """A day of the ward's zone, newest first; its people by their last act."""

    day: date
    visitors: list[Visitor]


@dataclass(frozen=True)
class PatientTimeline:
    """Who saw the patient, as far as this page reaches. `older` is the address of what lies before, or empty."""

    patient_id: UUID
    record_number: str
    search: Search
    days: list[Day]
    people: int
    unexplained: int
    emergencies: int
    refused: int
    older: str


def patient_timeline(actor: Actor, search: Search) -> PatientTimeline:
    """Who saw this one patient of the search, and why. Raises NotFound for nobody's record, and to whoever may not."""
    require_officer(actor)
    (patient_id,) = search.patient_ids
    found = read(search, wanted=EVENTS_ON_A_TIMELINE)
    known = Known(found.events, patients=[patient_id])
    if patient_id not in known.numbers and not found.events:
        raise NotFound(act="audit.searched", subject_id=patient_id)
    detail = {**search.codes(), "what": "timeline", "found": len(found.events)}
    record_search(actor, detail=detail, patient_ids=[patient_id])
    days = [Day(day, _visitors(events, known, patient_id)) for day, events in groupby(found.events, _day)]
    lines = [line for day in days for visitor in day.visitors for line in visitor.lines]
    return PatientTimeline(
        patient_id=patient_id,
        record_number=known.patient_words(patient_id),
        search=search,
        days=days,
        people=len({event.agent_id for event in found.events if event.agent_id and event.outcome == "success"}),
        unexplained=sum(line.count for line in lines if line.is_unexplained),
        emergencies=sum(line.count for line in lines if line.row.is_emergency),
        refused=sum(line.count for line in lines if line.row.event.outcome == "refused"),
        older=_older(search, found),
    )


@dataclass(frozen=True)
class Sitting:
    """A session on a device, with what was done in it; without `session`, what no session is known for."""

    session: DeviceSession | None
    end_words: str
    lines: list[Line]


@dataclass(frozen=True)
class PersonDay:
    """A person's day, in the order in which it went. `older` leads to what does not fit on this page."""

    person: Person
    day: date
    search: Search
    sittings: list[Sitting]
    patients: int
    refused: int
    emergencies: int
    older: str


def person_day(actor: Actor, person_id: UUID, day: date, *, older_than: Mark | None = None) -> PersonDay:
    """What this person did on this day of the ward's zone. Raises NotFound for nobody, and to whoever may not."""
    require_officer(actor)
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise NotFound(act="audit.searched", subject_id=person_id)
    since, until = day_of(day)
    search = Search(person_id=person_id, since=since, until=until, older_than=older_than)
    found = read(search, wanted=EVENTS_ON_A_TIMELINE)
    known = Known(found.events)
    detail = {**search.codes(), "what": "day", "found": len(found.events)}
    record_search(actor, detail=detail, patient_ids=known.numbers)
    events = found.events[::-1]
    sessions = _sessions(person_id, since, until, events)
    return PersonDay(
        person=person,
        day=day,
        search=search,
        sittings=list(_sittings(events, sessions, known)),
        patients=len({patient for event in events for patient in _patients(event)}),
        refused=sum(event.outcome == "refused" for event in events),
        emergencies=sum(known.row(event).is_emergency for event in events),
        older=f"?day={day.isoformat()}&older={found.next}" if found.next else "",
    )


def _older(search: Search, found: Found) -> str:
    return search.address_of(older_than=found.next) if found.next else ""


def _day(event: Event) -> date:
    return timezone.localtime(event.recorded).date()


def _visitors(events: Iterable[Event], known: Known, patient_id: UUID) -> list[Visitor]:
    by_person: dict[UUID | None, list[Event]] = {}
    for event in events:
        by_person.setdefault(event.agent_id, []).append(event)
    visitors = []
    for theirs in by_person.values():
        lines = list(_folded(theirs, known, patient_id=patient_id))
        visitors.append(Visitor(known.row(theirs[0]), lines))
    return visitors


def _folded(events: Sequence[Event], known: Known, *, patient_id: UUID | None = None) -> Iterator[Line]:
    """The events as lines: what is alike but for its time is one, where the first of them stands."""
    lines: dict[tuple[Any, ...], Line] = {}
    for event in events:
        row = known.row(event)
        alike = (event.event, event.outcome, event.reason, row.patients, row.relationships, event.device)
        line = lines.get(alike)
        if line is None:
            lines[alike] = Line(row, event.recorded, event.recorded, _reasons(event, known, patient_id))
            continue
        line.count += 1
        line.first, line.last = min(line.first, event.recorded), max(line.last, event.recorded)
    return iter(lines.values())


def _reasons(event: Event, known: Known, patient_id: UUID | None) -> list[Reason]:
    """For one patient, those of their rows alone: a list that was read names the rows of others as well."""
    rows = [row for row in known.relationships_of(event) if patient_id is None or row.patient_id == patient_id]
    return [Reason(_reason_words(row), row.begins, row.ends) for row in rows]


def _reason_words(row: CareRelationship) -> str:
    return str(wording.RELATIONSHIPS.get(row.reason, row.reason))


def _patients(event: Event) -> list[UUID]:
    return [event.patient_id] if event.patient_id else event.patient_ids or []


def _sessions(person_id: UUID, since: datetime, until: datetime, events: list[Event]) -> list[DeviceSession]:
    """Those that began on that day, and those of its events; the first to begin first."""
    named = {event.session_id for event in events if event.session_id}
    began = DeviceSession.objects.filter(person_id=person_id, started__gte=since, started__lt=until)
    rows = {row.pk: row for row in [*began, *DeviceSession.objects.filter(pk__in=named, person_id=person_id)]}
    return sorted(rows.values(), key=lambda row: row.started)


def _sittings(events: list[Event], sessions: list[DeviceSession], known: Known) -> Iterator[Sitting]:
    ids = {session.pk for session in sessions}
    for session in sessions:
        theirs = [event for event in events if event.session_id == session.pk]
        yield Sitting(session, str(wording.SESSION_ENDS.get(session.end_reason, "")), list(_folded(theirs, known)))
    others = [event for event in events if event.session_id not in ids]
    if others:
        yield Sitting(None, "", list(_folded(others, known)))
