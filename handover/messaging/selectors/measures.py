"""How often a unit's people are alerted, how soon they answer, and how much it calls an emergency: counts and times.

For whoever answers for the unit. Nothing that was said is read, and no patient: of messages and pages only their level,
when they came and when somebody owned them. Read beyond what the reader may see, as the system.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from accounts.models import CLINICAL_ROLES, Duty, Membership, Person
from handover.messaging.models import Acknowledgement, Message
from handover.messaging.rules.answers import Answer as Said
from handover.messaging.rules.measures import Case, Share
from handover.paging.models import Page, PageAnswer, PageStep
from handover.paging.quiet.models import Interruption
from handover.paging.quiet.selectors import AN_HOUR, alerted
from handover.paging.rules import Answer, Level
from handover.paging.services.ground import KIND as PAGE
from live.acting import acting_as_system

A_WEEK = timedelta(days=7)
# Where nobody said when somebody's shift began, and at the longest.
A_SHIFT = timedelta(hours=12)
_OWNED = (Said.OWNED.value, Said.DONE.value)


@dataclass(frozen=True)
class Load:
    """How often one person was alerted: in the last hour, and in their shift by level; what waits, what broke in."""

    person: Person
    hour: int
    shift: int
    by_level: Mapping[str, int]
    held: int
    breaks: int


def loads(unit_id: UUID, *, at: datetime) -> list[Load]:
    """Of each who belongs to the unit or is on duty there now, whoever was alerted most in the last hour first."""
    on_duty = dict(Duty.objects.at(at).filter(unit=unit_id).order_by("starts").values_list("person_id", "starts"))
    people = Person.objects.filter(is_active=True, role__in=CLINICAL_ROLES)
    members = Membership.objects.filter(unit=unit_id).values_list("person_id", flat=True)
    found = list(people.filter(pk__in={*members, *on_duty}))
    rows = _by_person(found, at=at)
    some = [
        _load(one, rows[one.pk], since=max(on_duty.get(one.pk, at - A_SHIFT), at - A_SHIFT), at=at) for one in found
    ]
    return sorted(some, key=lambda load: (-load.hour, -load.shift, load.person.display_name))


def load_of(person: Person, *, at: datetime) -> Load:
    """The same of one person, for themselves."""
    return _load(person, _by_person([person], at=at)[person.pk], since=at - A_SHIFT, at=at)


def cases(unit_id: UUID, *, starts: datetime, ends: datetime) -> list[Case]:
    """Every message and page that alerted somebody of the unit between the two, each once."""
    rows = alerted(starts=starts, ends=ends).filter(unit=unit_id).order_by("pk")
    first: dict[tuple[str, UUID], Interruption] = {}
    for row in sorted(rows, key=_came):
        first.setdefault((row.subject_kind, row.subject_id), row)
    pages = {subject for kind, subject in first if kind == PAGE}
    with acting_as_system("messaging.measures"):
        facts = _of_pages(pages) | _of_messages({subject for kind, subject in first if kind != PAGE})
    return [_case(row, facts[row.subject_id]) for row in first.values() if row.subject_id in facts]


def share_of(unit_id: UUID, *, starts: datetime, ends: datetime) -> Share:
    """How much of what people of the unit sent between the two was of each level: messages and pages."""
    return shares([unit_id], starts=starts, ends=ends)[unit_id]


def shares(unit_ids: Collection[UUID], *, starts: datetime, ends: datetime) -> dict[UUID, Share]:
    """The same of several. Who belongs to two units counts in both."""
    of_units = defaultdict(set)
    for unit_id, person_id in Membership.objects.filter(unit_id__in=unit_ids).values_list("unit_id", "person_id"):
        of_units[unit_id].add(person_id)
    people = set().union(*of_units.values())
    with acting_as_system("messaging.measures"):
        messages = Message.objects.filter(author_id__in=people, sent__gt=starts, sent__lte=ends).order_by()
        pages = Page.objects.filter(sent_by_id__in=people, sent__gt=starts, sent__lte=ends).order_by()
        rows = [
            *messages.values_list("author_id", "level").annotate(count=Count("pk")),
            *pages.values_list("sent_by_id", "level").annotate(count=Count("pk")),
        ]
    return {unit_id: Share(_sent(row for row in rows if row[0] in of_units[unit_id])) for unit_id in unit_ids}


@dataclass(frozen=True)
class _Facts:
    owned: datetime | None = None
    owner_role: str = ""
    is_escalated: bool | None = None
    is_wrong: bool = False


def _by_person(people: Sequence[Person], *, at: datetime) -> dict[UUID, list[Interruption]]:
    found: dict[UUID, list[Interruption]] = {one.pk: [] for one in people}
    for row in Interruption.objects.filter(person__in=people, at__gt=at - 2 * A_SHIFT - AN_HOUR, at__lte=at):
        found[row.person_id].append(row)
    return found


def _load(person: Person, rows: Sequence[Interruption], *, since: datetime, at: datetime) -> Load:
    came = [(row.held_until or row.at, row) for row in rows]
    shift = [row for moment, row in came if since < moment <= at]
    return Load(
        person=person,
        hour=sum(at - AN_HOUR < moment <= at for moment, _row in came),
        shift=len(shift),
        by_level=Counter(row.level for row in shift),
        held=sum(moment > at for moment, _row in came),
        breaks=sum(row.is_break for row in shift),
    )


def _sent(rows: Iterable[tuple[UUID, str, int]]) -> Mapping[Level, int]:
    found: Counter[Level] = Counter()
    for _person, level, count in rows:
        found[Level(level)] += count
    return found


def _facts(owned: tuple[datetime, str] | None, *, is_wrong: bool, is_escalated: bool | None) -> _Facts:
    at, role = owned or (None, "")
    return _Facts(at, role, is_escalated, is_wrong)


def _came(row: Interruption) -> datetime:
    return row.held_until or row.at


def _of_pages(ids: Collection[UUID]) -> dict[UUID, _Facts]:
    climbed = set(PageStep.objects.filter(page__in=ids, number__gt=0).values_list("page_id", flat=True))
    said = PageAnswer.objects.filter(page__in=ids).order_by("at", "pk")
    rows = list(said.values_list("page_id", "said", "at", "person__role"))
    owned, wrong = _first(rows, (Answer.OWNS.value,)), _wrong(rows, Answer.WRONG_PERSON.value)
    return {pk: _facts(owned.get(pk), is_wrong=pk in wrong, is_escalated=pk in climbed) for pk in ids}


def _of_messages(ids: Collection[UUID]) -> dict[UUID, _Facts]:
    # Whoever is called in says whether they come: nobody is to own it, soon or late.
    ids = set(Message.objects.filter(pk__in=ids, is_call_in=False).values_list("pk", flat=True))
    said = Acknowledgement.objects.filter(message__in=ids).order_by("said", "pk")
    rows = list(said.values_list("message_id", "answer", "said", "person__role"))
    owned, wrong = _first(rows, _OWNED), _wrong(rows, Said.WRONG_PERSON.value)
    return {pk: _facts(owned.get(pk), is_wrong=pk in wrong, is_escalated=None) for pk in ids}


Answered = tuple[UUID, str, datetime, str]


def _first(rows: Iterable[Answered], counts: Collection[str]) -> dict[UUID, tuple[datetime, str]]:
    """Subject -> when it was first owned, and by whom by profession."""
    found: dict[UUID, tuple[datetime, str]] = {}
    for subject, said, at, role in rows:
        if said in counts:
            found.setdefault(subject, (at, role))
    return found


def _wrong(rows: Iterable[Answered], word: str) -> set[UUID]:
    return {subject for subject, said, _at, _role in rows if said == word}


def _case(row: Interruption, facts: _Facts) -> Case:
    return Case(
        level=Level(row.level),
        came=_came(row),
        within=row.acknowledge_within,
        owned=facts.owned,
        owner_role=facts.owner_role,
        is_escalated=facts.is_escalated,
        is_wrong=facts.is_wrong,
    )
