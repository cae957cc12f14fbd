"""The reads of the review: the officer's day, one flag with both timelines beside it, and the question to oneself.

Every read of an officer starts from the flags that are not about themselves, and is on record before it is given. A
patient is shown by record number (docs/decisions/0005).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from audit.reading import read
from audit.review import sealed
from audit.review.models import Flag, FlagReason, PatientMark, own_matters
from audit.review.services import require_officer
from audit.rows import EventRow, Known
from audit.rules import words
from audit.rules.folding import A_DAY
from audit.searches import Search
from audit.selectors import record_numbers
from audit.times import when_words
from handover.patients.models import BreakGlass
from ledger import services as ledger
from ledger.agents import Entity
from ledger.models import Event
from live.acting import acting_as_system
from live.refusals import NotFound

SETTLED_SHOWN = 20
MOST_SHOWN = 100
EVENTS_BESIDE, EVENTS_READ = 12, 40
_OF_THE_DESK = ("audit.", "flag.", "mark.")
BESIDE = timedelta(hours=2)


@dataclass(frozen=True)
class ReasonLine:
    """A reason as a page shows it: two words, one sentence, and when."""

    rule: str
    short: str
    sentence: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class FlagLine:
    """A flag in a list. `number` is the patient's record number, empty where it is about nobody in particular."""

    flag: Flag
    number: str
    reasons: Sequence[ReasonLine]
    is_overdue: bool


@dataclass(frozen=True)
class Queue:
    """The officer's day: the worst ten that wait for them, how many more, who has yet to answer, what was settled."""

    to_judge: Sequence[FlagLine]
    more: int
    waiting: Sequence[FlagLine]
    settled: Sequence[FlagLine]
    emergencies: int


@dataclass(frozen=True)
class Case:
    """One flag, whole. A word is "" where it was not said, and None where the data was erased."""

    line: FlagLine
    question: str | None
    answer: str | None
    note: str | None
    of_patient: Sequence[EventRow]
    of_person: Sequence[EventRow]
    suggested: str


@dataclass(frozen=True)
class MarkLine:
    """A mark on a patient, with the record number and why."""

    mark: PatientMark
    number: str
    why: str | None


@acting_as_system("audit.flags")
@transaction.atomic
def queue(actor: Actor, *, is_whole: bool = False) -> Queue:
    """What waits, the worst first, none of it about the officer. Recorded as audit.flags_read. Raises NotFound."""
    require_officer(actor, act="audit.flags_read")
    rows = _flags(actor)
    is_waiting = Q(asked__isnull=False, answered__isnull=True)
    open_flags = rows.filter(settled=None).order_by(F("score").desc(), "raised", "pk")
    mine = open_flags.exclude(is_waiting)
    shown = list(mine[: MOST_SHOWN if is_whole else A_DAY])
    waiting = list(open_flags.filter(is_waiting)[:MOST_SHOWN])
    settled = list(rows.filter(settled__isnull=False).order_by("-settled", "pk")[:SETTLED_SHOWN])
    numbers = _numbers([*shown, *waiting, *settled])
    ledger.record_read(
        "audit.flags_read",
        agent=actor.agent,
        patient_ids=sorted(numbers),
        relationship_ids=[],
        purpose=PURPOSE,
        detail={"found": len(shown)},
    )
    return Queue(
        to_judge=_lines(shown, numbers),
        more=mine.count() - len(shown),
        waiting=_lines(waiting, numbers),
        settled=_lines(settled, numbers),
        emergencies=BreakGlass.objects.exclude(person=actor.person).filter(reviewed=None).count(),
    )


@acting_as_system("audit.flags")
@transaction.atomic
def case_for(actor: Actor, flag_id: UUID) -> Case:
    """One flag of somebody else for an officer; recorded as audit.flag_read with all it names. Raises NotFound."""
    require_officer(actor, act="audit.flag_read")
    flag = _flags(actor).filter(pk=flag_id).first()
    if flag is None:
        raise NotFound(act="audit.flag_read", subject_id=flag_id)
    [line] = _lines([flag], _numbers([flag]))
    of_patient, of_person, known = _beside(flag, line.reasons)
    _record_read(actor, flag, known)
    said = (sealed.words_of(flag, field) for field in ("sealed_question", "sealed_answer", "sealed_note"))
    question, answer, note = said
    return Case(line, question, answer, note, of_patient, of_person, _suggested(flag, line.reasons))


@dataclass(frozen=True)
class OwnCase:
    """The question to oneself: what was asked, about which record, when it was opened; and what one said."""

    flag: Flag
    number: str
    since: datetime
    until: datetime
    question: str | None
    answer: str | None


@acting_as_system("flag.answered")
@transaction.atomic
def own_case(actor: Actor, flag_id: UUID) -> OwnCase:
    """One's own flag, once an officer has asked about it; recorded as flag.read. Raises NotFound.

    The reasons are the officer's: they tell of marks on a patient, which are nobody else's to know.
    """
    flag = Flag.objects.filter(pk=flag_id, person=actor.person, asked__isnull=False).first()
    if flag is None:
        raise NotFound(act="flag.answered", subject_id=flag_id)
    ledger.record(
        "flag.read",
        agent=actor.agent,
        patient_id=flag.patient_id,
        entity=Entity("flag", flag.pk),
        purpose=PURPOSE,
    )
    reasons = list(flag.reasons.all())
    return OwnCase(
        flag,
        _numbers([flag]).get(flag.patient_id, "") if flag.patient_id else "",
        min(row.since for row in reasons),
        max(row.until for row in reasons),
        sealed.words_of(flag, "sealed_question"),
        sealed.words_of(flag, "sealed_answer"),
    )


@acting_as_system("audit.flags")
@transaction.atomic
def marks(actor: Actor) -> list[MarkLine]:
    """Every mark that holds, but the one on the officer; recorded as audit.marks_read. Raises NotFound."""
    require_officer(actor, act="audit.marks_read")
    rows = PatientMark.objects.filter(ended=None).exclude(staff=actor.person).select_related("staff", "marked_by")
    found = list(rows.order_by("-marked", "pk")[:MOST_SHOWN])
    numbers = record_numbers(row.patient_id for row in found)
    ledger.record_read(
        "audit.marks_read",
        agent=actor.agent,
        patient_ids=sorted(numbers),
        relationship_ids=[],
        purpose=PURPOSE,
    )
    return [MarkLine(row, numbers.get(row.patient_id, ""), sealed.why_of(row)) for row in found]


def reason_line(row: FlagReason) -> ReasonLine:
    """The reason in words."""
    sentence = words.sentence(row.rule, row.facts, count=row.count, lasted=row.until - row.since)
    return ReasonLine(row.rule, words.short(row.rule), sentence, row.since, row.until)


def _flags(actor: Actor) -> QuerySet[Flag]:
    rows = Flag.objects.exclude(own_matters(actor.person)).prefetch_related("reasons")
    return rows.select_related("person", "asked_by", "settled_by")


def _numbers(flags: Iterable[Flag]) -> dict[UUID, str]:
    return record_numbers({flag.patient_id for flag in flags if flag.patient_id})


def _lines(flags: Iterable[Flag], numbers: dict[UUID, str]) -> list[FlagLine]:
    now = timezone.now()
    return [
        FlagLine(
            flag,
            numbers.get(flag.patient_id, "") if flag.patient_id else "",
            [reason_line(row) for row in sorted(flag.reasons.all(), key=lambda row: int(row.rule[1:]))],
            flag.settled is None and flag.review_due <= now,
        )
        for flag in flags
    ]


def _record_read(actor: Actor, flag: Flag, known: Known) -> None:
    entity = Entity("flag", flag.pk)
    ledger.record("audit.flag_read", agent=actor.agent, patient_id=flag.patient_id, entity=entity, purpose=PURPOSE)
    others = sorted(set(known.numbers) - {flag.patient_id})
    if others:
        ledger.record_read(
            "audit.flag_read", agent=actor.agent, patient_ids=others, relationship_ids=[], purpose=PURPOSE
        )


def _beside(flag: Flag, reasons: Sequence[ReasonLine]) -> tuple[list[EventRow], list[EventRow], Known]:
    """What is on record of the patient and of the person around that time, the oldest first, and whom that names."""
    since, until = min(each.since for each in reasons) - BESIDE, max(each.until for each in reasons) + BESIDE
    of_patient = []
    if flag.patient_id:
        search = Search(patient_ids=(flag.patient_id,), since=since, until=until)
        of_patient = _without_the_desk(read(search, wanted=EVENTS_READ).events)
    search = Search(person_id=flag.person_id, since=since, until=until)
    of_person = _without_the_desk(read(search, wanted=EVENTS_READ).events)
    known = Known([*of_patient, *of_person], patients=[flag.patient_id] if flag.patient_id else [])
    return [known.row(event) for event in of_patient[::-1]], [known.row(event) for event in of_person[::-1]], known


def _without_the_desk(events: Sequence[Event]) -> list[Event]:
    """Without what officers did about it: this page shows what led to it."""
    return [event for event in events if not event.event.startswith(_OF_THE_DESK)][:EVENTS_BESIDE]


def _suggested(flag: Flag, reasons: Sequence[ReasonLine]) -> str:
    when = when_words(min(each.since for each in reasons))
    if flag.patient_id:
        return _("On %(when)s you opened the record that is named below. What did you need it for?") % {"when": when}
    return _("From %(when)s on you looked at more than usual. What was it for?") % {"when": when}
