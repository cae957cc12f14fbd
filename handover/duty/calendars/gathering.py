"""The turns of a person, or of roles, as a calendar is to show them: each under an identity that does not change.

A turn is known by the rotation or the change that gives it and by the day on which it begins there. Whoever would hold
it and does not any more finds it cancelled; how often something of its role was decided since is its sequence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Q

from accounts.models import Person
from handover.duty import rules
from handover.duty.calendars.writing import Attendee, CalendarTurn
from handover.duty.models import PractitionerRole, Rotation, ScheduleChange
from handover.duty.rules import Stretch
from handover.duty.selectors import rotation_of, schedules_of, standing_roles

BACK, AHEAD = timedelta(days=31), timedelta(days=120)
# So far before what is shown turns are laid out, so that each is seen from its beginning.
MARGIN = timedelta(days=2)
NAMES = UUID("6f6b8f52-0f5e-4b8e-9c53-5f3d0c3a7f11")


@dataclass(frozen=True)
class _Origin:
    """A turn as it was given to somebody: by which row, from when until when, and when that was decided."""

    role_id: UUID
    source: UUID
    stretch: Stretch
    decided: datetime


def turns_for(person: Person, *, at: datetime) -> list[CalendarTurn]:
    """The person's own turns from a month ago to four months ahead, and those that are theirs no longer."""
    starts, ends = at - BACK, at + AHEAD
    origins = list(_origins(person.pk, starts=starts, ends=ends))
    roles = standing_roles().in_bulk({one.role_id for one in origins})
    schedules = schedules_of(list(roles), starts=starts - MARGIN, ends=ends + MARGIN, seen_at=at)
    decided = _decided(list(roles), starts=starts, ends=ends)
    found: list[CalendarTurn] = []
    for one in origins:
        if one.role_id not in roles:
            continue
        since = [moment for moment, stretch in decided[one.role_id] if moment > one.decided and _meet(stretch, one)]
        held = [
            each
            for each in schedules[one.role_id]
            if each.person_id == person.pk and each.source and each.source.id == one.source and _meet(each, one)
        ]
        found += _written(roles[one.role_id], one, held, since)
    return found


def _meet(stretch: Stretch | None, one: _Origin) -> bool:
    return stretch is None or (stretch.starts < one.stretch.ends and one.stretch.starts < stretch.ends)


def _origins(person_id: UUID, *, starts: datetime, ends: datetime) -> Iterator[_Origin]:
    rotations = Rotation.objects.filter(places__person=person_id, made__lt=ends, role__ended__isnull=True)
    rotations = rotations.filter(Q(ended__isnull=True) | Q(ended__gt=starts)).distinct().prefetch_related("places")
    for row in rotations:
        for each in rules.turns(rotation_of(row), starts=max(starts - MARGIN, row.made), ends=ends + MARGIN):
            if each.person_id == person_id and starts < each.ends and each.starts < ends:
                yield _Origin(row.role_id, row.pk, each, row.made)
    changes = ScheduleChange.objects.filter(person=person_id, starts__lt=ends, ends__gt=starts)
    for change in changes.filter(role__ended__isnull=True):
        yield _Origin(change.role_id, change.pk, Stretch(change.starts, change.ends, person_id), change.made)


def _decided(
    role_ids: Sequence[UUID], *, starts: datetime, ends: datetime
) -> dict[UUID, list[tuple[datetime, Stretch | None]]]:
    """Role id -> when something was decided, and about which time: None for all to come."""
    found: dict[UUID, list[tuple[datetime, Stretch | None]]] = {pk: [] for pk in role_ids}
    for row in Rotation.objects.filter(role__in=role_ids):
        found[row.role_id] += [(moment, None) for moment in (row.made, row.ended) if moment]
    for change in ScheduleChange.objects.filter(role__in=role_ids, starts__lt=ends, ends__gt=starts):
        about = Stretch(change.starts, change.ends, None)
        found[change.role_id] += [(moment, about) for moment in (change.made, change.undone) if moment]
    return found


def _written(
    role: PractitionerRole, one: _Origin, held: Sequence[Stretch], since: Sequence[datetime]
) -> list[CalendarTurn]:
    """The turn as it stands: once, in parts where somebody else has its middle, or cancelled."""
    uid = uuid5(NAMES, f"{one.source}/{one.stretch.person_id}/{one.stretch.starts.isoformat()}")
    parts = held or [one.stretch]
    return [
        CalendarTurn(
            uid=f"{uid}{f'-{number}' if number else ''}@readback",
            role_id=role.pk,
            starts=max(part.starts, one.stretch.starts),
            ends=min(part.ends, one.stretch.ends),
            title=role.name,
            place=f"{role.unit.name}, {role.unit.facility.name}",
            touched=max([one.decided, *since]),
            sequence=len(since),
            is_cancelled=not held,
        )
        for number, part in enumerate(parts)
    ]


def turns_of_roles(roles: Sequence[PractitionerRole], *, at: datetime) -> list[CalendarTurn]:
    """What these roles' holders hold from now to four months ahead, with their names: for whoever leads the unit."""
    schedules = schedules_of([role.pk for role in roles], starts=at, ends=at + AHEAD)
    ids = {one.person_id for stretches in schedules.values() for one in stretches if one.person_id}
    people = Person.objects.in_bulk(ids)
    return [
        _of_role(role, one, people[one.person_id], at=at)
        for role in roles
        for one in schedules[role.pk]
        if one.person_id in people
    ]


def _of_role(role: PractitionerRole, one: Stretch, person: Person, *, at: datetime) -> CalendarTurn:
    source = one.source.id if one.source else role.pk
    return CalendarTurn(
        uid=f"{uuid5(NAMES, f'{source}/{person.pk}/{one.starts.isoformat()}')}@readback",
        role_id=role.pk,
        starts=one.starts,
        ends=one.ends,
        title=f"{role.name}: {person.display_name}",
        place=f"{role.unit.name}, {role.unit.facility.name}",
        touched=at,
        attendee=Attendee(person.display_name, person.email),
    )
