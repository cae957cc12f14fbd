"""What this room announces, and how each event is drawn for its reader.

A reader who may no longer see the patient gets nothing of them: of an event that takes something away they learn that
it happened, of any other nothing at all. What is shown of a patient (the name, the severity) is on the record as
patient.listed before it leaves, one event per reader.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from accounts.models import Person
from handover.patients import access
from handover.patients.sealed import headline_in
from handover.patients.wording import born_words, full_name
from handover.transfers.models import (
    CallRequest,
    OpenAction,
    Override,
    Question,
    Reminder,
    Synthesis,
    Transfer,
)
from handover.transfers.rules import rung_label
from ledger import services as ledger
from ledger.agents import Agent
from live import ladder
from live.drawing import View, register_drawer
from live.models import InboxItem
from live.statements import Statement
from vault.services import Scope, prepare

ALERT, QUIET = "alert", "quiet"


@dataclass(frozen=True)
class Wording:
    """How an event reads. `takes_away`: a reader who may no longer see the patient still learns that it happened."""

    title: str
    tone: str
    takes_away: bool = False


EVENTS: Mapping[str, Wording] = {
    "handover.sent": Wording(gettext_noop("New handover"), ALERT),
    "handover.edited": Wording(gettext_noop("Handover changed: read it again"), ALERT),
    "handover.reminded": Wording(gettext_noop("Reminder: a handover waits to be accepted"), ALERT),
    "handover.asked": Wording(gettext_noop("A question about your handover"), ALERT),
    "handover.answered": Wording(gettext_noop("Your question was answered"), ALERT),
    "handover.call_requested": Wording(gettext_noop("Asks for a call"), ALERT),
    "handover.said_back": Wording(gettext_noop("Said back"), QUIET),
    "handover.corrected": Wording(gettext_noop("What you said back was corrected"), ALERT),
    "handover.accepted": Wording(gettext_noop("Handover accepted"), ALERT, takes_away=True),
    "handover.declined": Wording(gettext_noop("Handover declined"), ALERT, takes_away=True),
    "handover.withdrawn": Wording(gettext_noop("Handover withdrawn"), QUIET, takes_away=True),
    "handover.confirmed": Wording(gettext_noop("Confirmed by the receiver as the patient is now"), ALERT),
    "handover.overtaken": Wording(gettext_noop("Gate locked: the vital signs changed since acceptance"), ALERT),
    "handover.caught_up": Wording(gettext_noop("The vital signs no longer lock the gate"), QUIET),
    "handover.lapsed": Wording(gettext_noop("Gate locked: accepted more than four hours ago"), ALERT),
    "transfer.planned": Wording(gettext_noop("Transfer planned"), QUIET),
    "transfer.checklist_set": Wording(gettext_noop("Checklist changed"), QUIET),
    "transfer.departed": Wording(gettext_noop("On the way"), ALERT),
    "transfer.arrived": Wording(gettext_noop("Arrived"), QUIET, takes_away=True),
    "transfer.cancelled": Wording(gettext_noop("Transfer cancelled"), ALERT, takes_away=True),
    "transfer.returned": Wording(gettext_noop("Came back"), ALERT, takes_away=True),
    "transfer.override_requested": Wording(gettext_noop("An override waits for a second person"), ALERT),
    "transfer.override_approved": Wording(gettext_noop("Override approved"), ALERT),
    "transfer.override_reviewed": Wording(gettext_noop("Your override was reviewed"), QUIET, takes_away=True),
    "action.done": Wording(gettext_noop("Action done"), QUIET),
}


def register() -> None:
    """Tells live how to draw each event. Called when the app starts."""
    for event in EVENTS:
        register_drawer(event, draw)
    ladder.register_rung_drawer("handover_version", draw_rungs)


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A view for each item, in the caller's transaction; None where the reader may not know of it any more."""
    subjects = _subjects(items)
    handovers = _handovers({subject.handover_id for subject in subjects.values()})
    known = [
        (item, subjects[item.subject_id], handovers[subjects[item.subject_id].handover_id])
        for item in items
        if item.subject_id in subjects
    ]
    allowed = access.readings_allowed({(item.person_id, handover.patient_id) for item, _, handover in known})
    record_listed(allowed)
    prepare({Scope.patient(patient_id) for _, patient_id in allowed})
    names = _Names()
    return {
        item.pk: _view(item, subject, handover, names if (item.person_id, handover.patient_id) in allowed else None)
        for item, subject, handover in known
    }


# To whom it is shown is decided here: whoever wrote the version, or the handover.
_RUNGS = Statement("""
SELECT g.id, g.name, g.reached, g.device, p.display_name, h.id, h.author_id, v.author_id
FROM live_rung g
JOIN accounts_person p ON p.id = g.person_id
JOIN transfers_handoverversion v ON v.id = g.subject_id
JOIN transfers_handover h ON h.id = v.handover_id
WHERE g.id = ANY(%s::uuid[])
""")


class _Rung(NamedTuple):
    """A row of _RUNGS."""

    id: UUID
    name: str
    reached: datetime
    device: str
    person: str
    handover_id: UUID
    author_id: UUID
    writer_id: UUID


def draw_rungs(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Where each handover is on its way to a receiver, for whoever sent it. Names staff, and nothing of the patient."""
    rungs = {rung.id: rung for rung in map(_Rung._make, _RUNGS.all([[item.subject_id for item in items]]))}
    return {item.pk: _rung_view(rungs.get(item.subject_id), item.person_id) for item in items}


def _rung_view(rung: _Rung | None, reader_id: UUID) -> View | None:
    if rung is None or reader_id not in (rung.writer_id, rung.author_id):
        return None
    return {
        "handover": str(rung.handover_id),
        "person": rung.person,
        "rung": rung.name,
        "label": rung_label(rung.name),
        "reached": rung.reached.isoformat(),
        "device": rung.device,
        "url": reverse("transfers:handover", args=[rung.handover_id]),
        "tone": QUIET,
    }


@dataclass(frozen=True)
class _Subject:
    """What an item is about: its handover, and who did what it tells of."""

    handover_id: UUID
    by: str = ""


class _Handover(NamedTuple):
    """What is shown of a handover: a row of _HANDOVERS."""

    id: UUID
    patient_id: UUID
    headline: memoryview
    from_unit: str
    author: str


_HANDOVERS = Statement("""
SELECT h.id, h.patient_id, p.sealed_headline, u.name, a.display_name
FROM transfers_handover h
JOIN patients_patient p ON p.id = h.patient_id
JOIN accounts_unit u ON u.id = h.author_unit_id
JOIN accounts_person a ON a.id = h.author_id
WHERE h.id = ANY(%s::uuid[])
""")


def _handovers(ids: Collection[UUID]) -> dict[UUID, _Handover]:
    return {row.id: row for row in map(_Handover._make, _HANDOVERS.all([list(ids)]))}


class _Names:
    """The headline of each patient, opened once for all their readers."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[str, str]] = {}

    def of(self, handover: _Handover) -> tuple[str, str]:
        """The patient's name with birth date and record number, and the severity that is set."""
        if handover.patient_id not in self._known:
            headline = headline_in(handover.patient_id, handover.headline)
            # A name never stands alone: two who share it differ in birth date and record number.
            who = f"{full_name(headline)} · {born_words(headline.birth_date)} · {headline.record_number}"
            self._known[handover.patient_id] = (who, headline.illness_severity or "")
        return self._known[handover.patient_id]


def _view(item: InboxItem, subject: _Subject, handover: _Handover, names: _Names | None) -> View | None:
    wording = EVENTS[item.event]
    if names is None and not wording.takes_away:
        return None
    name, severity = names.of(handover) if names else ("", "")
    return {
        "title": gettext(wording.title),
        "line": f"{name} · {handover.from_unit}" if name else handover.from_unit,
        "severity": severity,
        "url": reverse("transfers:handover", args=[handover.id]) if names else reverse("transfers:inbox"),
        "from": subject.by or handover.author,
        "tone": wording.tone,
        "handover": str(handover.id),
    }


def record_listed(allowed: Mapping[tuple[UUID, UUID], access.Reading]) -> None:
    """One event per reader, with the patients whose names they are about to get and the rows that allow it."""
    by_reader: dict[Agent, list[tuple[UUID, UUID]]] = defaultdict(list)
    for (person_id, patient_id), reading in allowed.items():
        by_reader[Agent(person_id=person_id, role=reading.role)].append((patient_id, reading.relationship_id))
    noted = [
        ledger.reads(
            "patient.listed",
            agent=agent,
            patient_ids=[patient_id for patient_id, _ in read],
            relationship_ids=[relationship_id for _, relationship_id in read],
            detail={"by": "inbox"},
        )
        for agent, read in by_reader.items()
    ]
    ledger.record_all(list(chain.from_iterable(noted)))


def _subjects(items: Iterable[InboxItem]) -> dict[UUID, _Subject]:
    """By subject id: one query for each kind there is."""
    ids: dict[str, dict[UUID, str]] = defaultdict(dict)
    for item in items:
        ids[item.subject_kind][item.subject_id] = item.event
    found: dict[UUID, _Subject] = {}
    for kind, subjects in ids.items():
        look_up = _LOOK_UP.get(kind)
        if look_up is not None:
            found.update(look_up(subjects))
    return found


# Who wrote it, who accepted and who declined its handover.
_VERSIONS = Statement("""
SELECT v.id, v.handover_id, w.display_name, y.display_name, n.display_name
FROM transfers_handoverversion v
JOIN accounts_person w ON w.id = v.author_id
JOIN transfers_handover h ON h.id = v.handover_id
LEFT JOIN accounts_person y ON y.id = h.accepted_by_id
LEFT JOIN accounts_person n ON n.id = h.declined_by_id
WHERE v.id = ANY(%s::uuid[])
""")


def _versions(ids: Mapping[UUID, str]) -> dict[UUID, _Subject]:
    said = _newest_said(ids) if "handover.said_back" in ids.values() else {}
    found = {}
    for version_id, handover_id, writer, accepted_by, declined_by in _VERSIONS.all([list(ids)]):
        by = {
            "handover.accepted": accepted_by,
            "handover.declined": declined_by,
            "handover.confirmed": accepted_by,
            "handover.said_back": _name(said.get(version_id)),
        }
        found[version_id] = _Subject(handover_id, by=by.get(ids[version_id]) or writer)
    return found


def _newest_said(version_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Who said each version back last."""
    rows = Synthesis.objects.filter(version_id__in=list(version_ids)).select_related("person")
    return {row.version_id: row.person for row in rows.order_by("said", "pk")}


def _transfers(ids: Mapping[UUID, str]) -> dict[UUID, _Subject]:
    rows = Transfer.objects.filter(pk__in=ids).select_related(
        "handover", "planned_by", "departed_by", "arrived_by", "closed_by"
    )
    return {row.pk: _Subject(row.handover.pk, by=_name(_mover(row, ids[row.pk]))) for row in rows}


def _mover(row: Transfer, event: str) -> Person | None:
    """Who did what the event tells of, whoever moved the patient on since."""
    by = {"transfer.departed": row.departed_by, "transfer.arrived": row.arrived_by, "transfer.planned": row.planned_by}
    return by.get(event) or row.closed_by or row.planned_by


def _questions(ids: Mapping[UUID, str]) -> dict[UUID, _Subject]:
    rows = Question.objects.filter(pk__in=ids).select_related("asked_by", "answered_by")
    return {
        row.pk: _Subject(
            row.handover_id, by=_name(row.answered_by if ids[row.pk] == "handover.answered" else row.asked_by)
        )
        for row in rows
    }


def _calls(ids: Mapping[UUID, str]) -> dict[UUID, _Subject]:
    rows = CallRequest.objects.filter(pk__in=ids).select_related("asked_by")
    return {row.pk: _Subject(row.handover_id, by=_name(row.asked_by)) for row in rows}


def _reminders(ids: Mapping[UUID, str]) -> dict[UUID, _Subject]:
    rows = Reminder.objects.filter(pk__in=ids).select_related("reminded_by")
    return {row.pk: _Subject(row.handover_id, by=_name(row.reminded_by)) for row in rows}


def _overrides(ids: Mapping[UUID, str]) -> dict[UUID, _Subject]:
    rows = Override.objects.filter(pk__in=ids).select_related(
        "transfer__handover", "requested_by", "second_person", "reviewed_by"
    )
    return {
        row.pk: _Subject(row.transfer.handover.pk, by=_name(row.reviewed_by or row.second_person or row.requested_by))
        for row in rows
    }


def _actions(ids: Mapping[UUID, str]) -> dict[UUID, _Subject]:
    # One that was made of a message, and has not been handed over yet, is told of by whoever made it.
    rows = OpenAction.objects.filter(pk__in=ids, handover__isnull=False).select_related("done_by")
    return {row.pk: _Subject(row.handover_id, by=_name(row.done_by)) for row in rows if row.handover_id}


def _name(person: Person | None) -> str:
    return person.display_name if person else ""


_LOOK_UP: Mapping[str, Callable[[Mapping[UUID, str]], dict[UUID, _Subject]]] = {
    "handover_version": _versions,
    "transfer": _transfers,
    "question": _questions,
    "call_request": _calls,
    "reminder": _reminders,
    "override": _overrides,
    "action": _actions,
}
