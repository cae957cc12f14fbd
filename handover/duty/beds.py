"""Who has which beds now, as the unit's board shows it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.models import Person, Unit
from handover.duty.models import PractitionerRole, ScheduleChange
from handover.duty.rules.beds import bed_words, in_order
from handover.duty.selectors import live_roles, schedules_of, turns_of

# Nobody takes beds for longer by hand, so an end lies within.
_AHEAD = timedelta(hours=25)
# What one had is offered again: the same beds on the next days.
_LAST_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Had:
    """The beds that one nurse has until the same moment."""

    person: Person
    words: str
    until: datetime


@dataclass(frozen=True)
class Beds:
    """The beds of a unit: who has them, those of the reader, and those that nobody has."""

    had: Sequence[Had]
    mine: str
    free: str
    # What the reader is offered to take with one tap: those that are theirs, else those they had last.
    offered: str

    def __bool__(self) -> bool:
        return bool(self.had or self.free)


def roles_of_beds(unit_id: UUID) -> QuerySet[PractitionerRole]:
    """The roles of a unit that are a bed's."""
    return live_roles().filter(unit=unit_id).exclude(bed="")


def in_order_of(roles: Iterable[PractitionerRole]) -> list[PractitionerRole]:
    """The roles as one walks along their beds."""
    of = {role.bed: role for role in roles}
    return [of[bed] for bed in in_order(of)]


def role_of_bed(unit_id: UUID, bed: str) -> PractitionerRole | None:
    """The role of one bed, however it is written; None for a bed that was never named."""
    return roles_of_beds(unit_id).alias(lowered=Lower("bed")).filter(lowered=bed.lower()).first() if bed else None


def beds_of_unit(unit_id: UUID, *, reader: Person, at: datetime) -> Beds:
    """Who has which beds of the unit at `at` (aware), nurse by nurse."""
    beds = dict(roles_of_beds(unit_id).values_list("pk", "bed"))
    schedules = schedules_of(list(beds), starts=at, ends=at + _AHEAD)
    of: dict[tuple[UUID, datetime], list[str]] = defaultdict(list)
    free: list[str] = []
    for role_id, stretches in schedules.items():
        first = stretches[0]
        if first.person_id is None:
            free.append(beds[role_id])
        else:
            of[first.person_id, first.ends].append(beds[role_id])
    people = Person.objects.in_bulk({person_id for person_id, _ends in of})
    had = [Had(people[person_id], bed_words(of_them), ends) for (person_id, ends), of_them in of.items()]
    had.sort(key=lambda one: one.person.display_name)
    mine = bed_words(bed for (person_id, _ends), of_them in of.items() if person_id == reader.pk for bed in of_them)
    return Beds(had, mine, bed_words(free), mine or _last(unit_id, reader, at=at))


def _last(unit_id: UUID, reader: Person, *, at: datetime) -> str:
    """The beds that the reader took together the last time."""
    rows = ScheduleChange.objects.filter(role__unit=unit_id, role__ended__isnull=True, person=reader, kind="taken")
    rows = rows.exclude(role__bed="").filter(made__gt=at - _LAST_WITHIN)
    last = rows.order_by("-made").values_list("made", flat=True).first()
    return bed_words(rows.filter(made=last).values_list("role__bed", flat=True)) if last else ""


@dataclass(frozen=True)
class Own:
    """The beds that somebody has in one unit, and until when."""

    unit: Unit
    words: str
    until: datetime


def beds_had_by(person: Person, *, at: datetime) -> list[Own]:
    """What beds this person has now, unit by unit."""
    turns = turns_of([person.pk], starts=at, ends=at + _AHEAD)[person.pk]
    roles = live_roles().exclude(bed="").in_bulk([role_id for role_id, one in turns if one.starts <= at])
    of: dict[UUID, list[tuple[PractitionerRole, datetime]]] = defaultdict(list)
    for role_id, one in turns:
        if role_id in roles and one.starts <= at:
            of[roles[role_id].unit_id].append((roles[role_id], one.ends))
    return [
        Own(held[0][0].unit, bed_words(role.bed for role, _ends in held), min(ends for _role, ends in held))
        for held in of.values()
    ]
