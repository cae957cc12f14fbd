"""What an officer sees of a conversation or of a page: who, when and by which act, and no word of it.

docs/decisions/0005. Each look is on record before it is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Person
from audit.evidence import paged, threads
from audit.evidence.paged import PageHappened
from audit.evidence.things import exports_of
from audit.evidence.threads import Span, ThreadHappened
from audit.rows import EventRow, Known
from audit.selectors import record_numbers, require_officer
from handover.messaging.models import Message, Revision, Thread
from handover.messaging.wording import LEVELS, rung_label
from handover.paging.models import PageAsk
from handover.paging.rules import Answer, Target, from_json
from handover.paging.wording import ANSWERS, SKIPPED, TARGETS, ways_words
from handover.reach.models import Channel, Delivery
from ledger.agents import Entity
from ledger.evidence import MOST_EVENTS
from ledger.models import Event
from ledger.services import record
from live.models import Rung

Names = Mapping[UUID, str]
# One after the other, as far as each gets with a message or a page.
_ORDER = ("stored", "pushed", "on_device", "opened", "acknowledged", "done")
Rungs = list[tuple[str, datetime | None]]


@dataclass(frozen=True)
class Trail:
    """The log's events of it, when it was taken out before, and the record number of its patient, if it has one."""

    number: str
    events: list[EventRow]
    exports: list[EventRow]
    is_too_long: bool


@dataclass(frozen=True)
class ChangeRow:
    """When a message was changed or taken back, and who had read the words that went."""

    is_retracted: bool
    made: datetime
    had_read: str


@dataclass(frozen=True)
class MessageRow:
    """A message without its words: its number, who wrote it, how soon it mattered, what became of it, and with whom."""

    message: Message
    who: str
    level: str
    changes: list[ChangeRow]
    ladders: list[tuple[str, Rungs]]


@dataclass(frozen=True)
class ThreadPage:
    """A conversation as the officer sees it."""

    found: ThreadHappened
    title: str
    messages: list[MessageRow]
    trail: Trail

    @property
    def first(self) -> int:
        """The number of the first message that is shown, and would be taken out."""
        return self.found.span.first

    @property
    def last(self) -> int:
        """The number of the last one."""
        return min(self.found.span.last, self.found.thread.last_number)

    @property
    def is_too_long(self) -> bool:
        """Whether one person may not take out so much."""
        return self.trail.is_too_long


@dataclass(frozen=True)
class AskedRow:
    """Whom a step asked, as what, what they said, and what was tried for them: a channel, what became of it, when."""

    who: str
    role: str
    said: str
    by_other_ways: bool
    tried: list[tuple[str, str, datetime]]


@dataclass(frozen=True)
class StepRow:
    """A step of a page: when it fired, by which ways if it names any, why it was passed over, and whom it asked."""

    number: int
    fired: datetime
    skipped: str
    ways: str
    asked: list[AskedRow]


@dataclass(frozen=True)
class PagedPage:
    """A page, which somebody sent to somebody, as the officer sees it."""

    found: PageHappened
    sent_by: str
    owned_by: str
    level: str
    steps: list[StepRow]
    ladders: list[tuple[str, Rungs]]
    trail: Trail

    @property
    def is_too_long(self) -> bool:
        """Whether one person may not take out so much."""
        return self.trail.is_too_long


def thread_page(actor: Actor, thread_id: UUID, span: Span) -> ThreadPage:
    """The page of a conversation. Recorded as audit.thread_read. Raises NotFound, for others too."""
    require_officer(actor)
    found = threads.thread_happened(thread_id, span)
    _look(actor, threads.READ, Entity(threads.KIND, thread_id), found.thread.patient_id)
    names = _names(found.person_ids() | _two_of(found.thread))
    trail = _trail(threads.KIND, thread_id, found.thread.patient_id, found.events)
    rows = [_message(found, row, names) for row in found.messages]
    return ThreadPage(found, _title(found.thread, names, trail.number), rows, trail)


def paged_page(actor: Actor, page_id: UUID) -> PagedPage:
    """The page of a page. Recorded as audit.page_read. Raises NotFound, for others too."""
    require_officer(actor)
    found = paged.page_happened(page_id)
    page = found.page
    _look(actor, paged.READ, Entity(paged.KIND, page_id), page.patient_id)
    names = _names(found.person_ids())
    return PagedPage(
        found=found,
        sent_by=names.get(page.sent_by_id, ""),
        owned_by=names.get(page.owned_by_id, "") if page.owned_by_id else "",
        level=str(LEVELS[page.level]),
        steps=list(_steps(found, names)),
        ladders=_ladders(found.ladder, names),
        trail=_trail(paged.KIND, page_id, page.patient_id, found.events),
    )


def _look(actor: Actor, event: str, about: Entity, patient_id: UUID | None) -> None:
    record(event, agent=actor.agent, patient_id=patient_id, entity=about, purpose=PURPOSE)


def _trail(kind: str, thing_id: UUID, patient_id: UUID | None, events: Sequence[Event]) -> Trail:
    exports = exports_of(kind, thing_id, patient_id)
    known = Known([*events, *exports])
    return Trail(
        number=record_numbers([patient_id]).get(patient_id, "") if patient_id else "",
        events=[known.row(event) for event in events[:MOST_EVENTS]],
        exports=[known.row(event) for event in exports],
        is_too_long=len(events) > MOST_EVENTS,
    )


def _names(ids: Iterable[UUID]) -> Names:
    return {key: person.display_name for key, person in Person.objects.in_bulk(set(ids)).items()}


def _two_of(thread: Thread) -> set[UUID]:
    return {UUID(each) for each in (thread.between or "").split(":") if each}


def _title(thread: Thread, names: Names, number: str) -> str:
    """What it is called here: a group's own title is words, and is not shown."""
    if thread.patient_id:
        return _("Conversation about record number %(number)s") % {"number": number}
    if thread.role is not None:
        facts = {"name": names.get(thread.opened_by_id, ""), "role": thread.role.name, "unit": thread.role.unit.name}
        return _("%(name)s with %(role)s, %(unit)s") % facts
    if thread.between:
        return _(" and ").join(sorted(names.get(each, "") for each in _two_of(thread)))
    return _("A group, opened by %(name)s") % {"name": names.get(thread.opened_by_id, "")}


def _message(found: ThreadHappened, row: Message, names: Names) -> MessageRow:
    changes = [
        ChangeRow(
            one.kind == Revision.Kind.RETRACTED,
            one.made,
            ", ".join(sorted(names.get(each, "") for each in found.read_before(one))),
        )
        for one in found.revisions
        if one.message_id == row.pk
    ]
    rungs = [one for one in found.ladder if one.subject_id == row.pk]
    return MessageRow(row, names.get(row.author_id, ""), str(LEVELS[row.level]), changes, _ladders(rungs, names))


def _ladders(rungs: Iterable[Rung], names: Names) -> list[tuple[str, Rungs]]:
    """How far it came with each, by name."""
    reached: dict[UUID, dict[str, datetime]] = {}
    for rung in rungs:
        reached.setdefault(rung.person_id, {})[rung.name] = rung.reached
    found = [
        (
            names.get(person_id) or _("No longer in the directory"),
            [(rung_label(each), own.get(each)) for each in _ORDER],
        )
        for person_id, own in reached.items()
    ]
    return sorted(found, key=lambda pair: pair[0])


def _steps(found: PageHappened, names: Names) -> Iterable[StepRow]:
    said = {row.person_id: str(ANSWERS[Answer(row.said)]) for row in found.answers}
    ways = [ways_words(step.ways, step.targets) for step in from_json(found.page.steps).steps]
    for step in found.steps:
        asked = [
            AskedRow(
                who=names.get(ask.person_id, ""),
                role=_as_what(ask.role.name if ask.role else "", ask.target),
                said=said.get(ask.person_id, ""),
                by_other_ways=ask.by_other_ways,
                tried=list(_tried(found, ask)),
            )
            for ask in found.asks
            if ask.step_id == step.pk
        ]
        skipped = str(SKIPPED.get(step.skipped, ""))
        yield StepRow(step.number + 1, step.fired, skipped, ways[step.number], asked)


def _tried(found: PageHappened, ask: PageAsk) -> Iterable[tuple[str, str, datetime]]:
    """Beside the page itself, by this step: the channel, what became of it, and when it was sent or due."""
    for row in found.tries:
        if row.person_id == ask.person_id and found.step_of(row) == ask.step_id:
            yield str(Channel(row.channel).label), str(Delivery.State(row.state).label), row.sent or row.due


def _as_what(role: str, target: str) -> str:
    return role or str(TARGETS[Target(target)])
