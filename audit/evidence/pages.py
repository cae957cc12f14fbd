"""What an officer sees of one transfer: who, when and by which act, and nothing clinical. docs/decisions/0005."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Person
from audit.evidence.things import exports_of
from audit.evidence.transfers import Happened, events_of, happened
from audit.rows import EventRow, Known
from audit.selectors import record_numbers, require_officer
from handover.transfers.models import HandoverVersion, Override
from handover.transfers.rules import RUNGS, lock_words, rung_label
from ledger.agents import Entity
from ledger.evidence import MOST_EVENTS
from ledger.models import Event
from ledger.services import record, record_read
from live.models import Rung
from live.refusals import NotFound


@dataclass(frozen=True)
class LadderRow:
    """How far one version came with one person: (label, when or None) for each of the seven rungs."""

    version: int
    who: str
    rungs: list[tuple[str, datetime | None]]


@dataclass(frozen=True)
class VersionRow:
    """A version by its number, its writer, its time and the beginning of its digest."""

    number: int
    who: str
    sent: datetime
    digest: str


@dataclass(frozen=True)
class OverrideRow:
    """An override with its people and locks."""

    override: Override
    asked_by: str
    approved_by: str
    locks: tuple[str, ...]


@dataclass(frozen=True)
class EvidencePage:
    """A transfer, its record number, and what happened, oldest first. `is_too_long` for one person to take out."""

    found: Happened
    number: str
    versions: list[VersionRow]
    ladders: list[LadderRow]
    overrides: list[OverrideRow]
    events: list[EventRow]
    exports: list[EventRow]
    is_too_long: bool


def evidence_page(actor: Actor, transfer_id: UUID) -> EvidencePage:
    """The page of a transfer. Recorded as audit.transfer_read before it is given. Raises NotFound, for others too."""
    require_officer(actor)
    found = happened(transfer_id)
    about = Entity("transfer", transfer_id)
    record("audit.transfer_read", agent=actor.agent, patient_id=found.patient_id, entity=about, purpose=PURPOSE)
    names = _names(found)
    events, exports = events_of(found), exports_of("transfer", transfer_id, found.patient_id)
    known = Known([*events, *exports])
    return EvidencePage(
        found=found,
        number=record_numbers([found.patient_id]).get(found.patient_id, ""),
        versions=[_version(row, names) for row in found.versions],
        ladders=list(_ladders(found, names)),
        overrides=[_override(row, names) for row in found.overrides],
        events=[known.row(event) for event in events[:MOST_EVENTS]],
        exports=[known.row(event) for event in exports],
        is_too_long=len(events) > MOST_EVENTS,
    )


def event_row(actor: Actor, event_id: int) -> EventRow:
    """One event in words. Recorded as audit.searched. Raises NotFound, for other roles too."""
    require_officer(actor)
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        raise NotFound(act="audit.searched")
    shown: Sequence[UUID] = [event.patient_id] if event.patient_id else []
    record_read(
        "audit.searched",
        agent=actor.agent,
        patient_ids=shown,
        relationship_ids=[],
        detail={"what": "event", "event": event_id},
        purpose=PURPOSE,
    )
    return Known([event]).row(event)


def _names(found: Happened) -> dict[UUID, str]:
    people = Person.objects.in_bulk(found.person_ids())
    return {key: person.display_name for key, person in people.items()}


def _version(row: HandoverVersion, names: dict[UUID, str]) -> VersionRow:
    return VersionRow(row.number, names.get(row.author_id, ""), row.recorded, bytes(row.digest).hex())


def _ladders(found: Happened, names: dict[UUID, str]) -> Iterator[LadderRow]:
    numbers = {row.pk: row.number for row in found.versions}
    reached: dict[tuple[int, UUID], dict[str, Rung]] = {}
    for rung in found.ladder:
        reached.setdefault((numbers[rung.subject_id], rung.person_id), {})[rung.name] = rung
    for (number, person_id), rungs in sorted(reached.items(), key=lambda pair: (pair[0][0], names.get(pair[0][1], ""))):
        steps = [(rung_label(name), rungs[name].reached if name in rungs else None) for name in RUNGS]
        yield LadderRow(number, names.get(person_id) or _("No longer in the directory"), steps)


def _override(row: Override, names: dict[UUID, str]) -> OverrideRow:
    second = names.get(row.second_person_id, "") if row.second_person_id else ""
    return OverrideRow(row, names.get(row.requested_by_id, ""), second, lock_words(row.locks))
