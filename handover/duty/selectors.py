"""Who holds which role when: found from rotations and changes each time it is asked, and stored nowhere."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import CLINICAL_ROLES, Person, Unit
from handover.duty import rules
from handover.duty.models import EITHER, CoverageGap, CoverAsk, CoverRequest, PractitionerRole, Rotation, ScheduleChange
from handover.duty.rules import Change, Source, Stretch

# A role that is covered by another, and that by a third: nobody's unit is deeper.
MOST_HOPS = 5
# A turn that begins within what is looked at is shown to its end.
REACH = timedelta(days=14)
# How far ahead whoever asks for somebody is told until when they hold it.
WITHIN_A_WEEK = timedelta(days=7)
AN_INSTANT = timedelta(microseconds=1)
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Held:
    """Who is reached for a role: the person, the stretch they hold, and of which role, where another covers it."""

    person: Person
    stretch: Stretch
    role: PractitionerRole


def live_roles() -> QuerySet[PractitionerRole]:
    """The roles that can be addressed."""
    return PractitionerRole.objects.filter(ended__isnull=True).select_related("unit__facility")


def standing_roles() -> QuerySet[PractitionerRole]:
    """Those of them that are no bed's: what a list offers. A bed is found by the patient in it, or by its name."""
    return live_roles().filter(bed="")


def roles_of_unit(unit_id: UUID) -> list[PractitionerRole]:
    """A unit's roles but for its beds, the lead's first, then those that may never be empty."""
    return list(standing_roles().filter(unit_id=unit_id).order_by("-is_lead", "-is_safety_critical", "name"))


def schedules_of(
    role_ids: Collection[UUID], *, starts: datetime, ends: datetime, seen_at: datetime | None = None
) -> dict[UUID, list[Stretch]]:
    """Role id -> who holds it at every moment between the two, without a hole (handover/duty/rules). Four queries.

    From `seen_at` on nobody holds the turns of people who no longer work here, and before that they held theirs:
    whoever looks back gives the present. Without one it is `starts`.
    """
    layers = _layers(role_ids, starts=starts, ends=ends)
    changes = _changes(role_ids, starts=starts, ends=ends)
    found = {
        role_id: rules.schedule(layers[role_id], changes[role_id], starts=starts, ends=ends) for role_id in role_ids
    }
    people = {one.person_id for stretches in found.values() for one in stretches if one.person_id}
    gone = set(Person.objects.filter(pk__in=people, is_active=False).values_list("pk", flat=True))
    return {role_id: _without(gone, stretches, since=seen_at or starts) for role_id, stretches in found.items()}


def schedule_of(role_id: UUID, *, starts: datetime, ends: datetime, seen_at: datetime | None = None) -> list[Stretch]:
    """The same for one role."""
    return schedules_of([role_id], starts=starts, ends=ends, seen_at=seen_at)[role_id]


def _without(gone: set[UUID], stretches: Sequence[Stretch], *, since: datetime) -> list[Stretch]:
    """What people who are gone would hold from now on is nobody's. What they held was theirs."""
    left = list(stretches)
    for one in stretches:
        if one.person_id in gone and one.ends > since:
            left = rules.laid_over(left, Stretch(max(one.starts, since), one.ends, None, one.source))
    return left


def _layers(role_ids: Collection[UUID], *, starts: datetime, ends: datetime) -> dict[UUID, list[list[Stretch]]]:
    """Role id -> the turns of each of its rotations; the one that was made last hides the others."""
    # A day more on either side: the day of a rotation is one of its zone.
    rows = (
        Rotation.objects.filter(role__in=role_ids, made__lt=ends)
        .filter(Q(ended__isnull=True) | Q(ended__gt=starts))
        .filter(first_day__lte=ends.date() + timedelta(days=1))
        .filter(Q(last_day__isnull=True) | Q(last_day__gte=starts.date() - timedelta(days=2)))
        .prefetch_related("places")
        .order_by("made", "pk")
    )
    found: dict[UUID, list[list[Stretch]]] = defaultdict(list)
    for row in rows:
        until = min(ends, row.ended) if row.ended else ends
        found[row.role_id].append(rules.turns(rotation_of(row), starts=max(starts, row.made), ends=until))
    return found


def rotation_of(row: Rotation) -> rules.Rotation:
    """The row as the rules know it."""
    places = sorted(row.places.all(), key=lambda place: place.position)
    return rules.Rotation(
        id=row.pk,
        zone=ZoneInfo(row.zone),
        first_day=row.first_day,
        last_day=row.last_day,
        begins=row.begins,
        ends=row.ends,
        turn_days=row.turn_days,
        weekdays=frozenset(day for day in range(7) if row.weekdays >> day & 1),
        people=tuple(place.person_id for place in places),
    )


def _changes(role_ids: Collection[UUID], *, starts: datetime, ends: datetime) -> dict[UUID, list[Change]]:
    rows = ScheduleChange.objects.filter(role__in=role_ids, starts__lt=ends, ends__gt=starts)
    rows = rows.filter(Q(undone__isnull=True) | Q(undone__gt=F("starts")))
    found: dict[UUID, list[Change]] = defaultdict(list)
    for row in rows.order_by("made", "pk"):
        until = min(row.ends, row.undone) if row.undone else row.ends
        stretch = Stretch(row.starts, until, row.person_id, Source(row.kind, row.pk))
        found[row.role_id].append(Change(stretch, row.made))
    return found


def missing_of(role: PractitionerRole, stretches: Sequence[Stretch]) -> list[Stretch]:
    """Where nobody holds a role although somebody has to: within its hours, of a role that may never be empty then."""
    gaps = rules.gaps(stretches)
    if not role.is_safety_critical or not gaps:
        return []
    hours = needed_hours(role, starts=gaps[0].starts, ends=gaps[-1].ends)
    return gaps if hours is None else rules.within(gaps, hours)


def needed_hours(role: PractitionerRole, *, starts: datetime, ends: datetime) -> list[Stretch] | None:
    """The hours of a role between the two moments, by the ward's clock; None where it is needed at every hour."""
    if role.needed_from is None or role.needed_until is None:
        return None
    hours = rules.Rotation(
        id=role.pk,
        zone=ZoneInfo(settings.TIME_ZONE),
        first_day=starts.date() - timedelta(days=2),
        begins=role.needed_from,
        ends=role.needed_until,
        people=(role.pk,),
    )
    return rules.turns(hours, starts=starts, ends=ends)


def held_at(role: PractitionerRole, *, at: datetime) -> Stretch:
    """The stretch of the role itself at that moment: person None where nobody holds it."""
    (stretch,) = schedule_of(role.pk, starts=at, ends=at + AN_INSTANT)
    return stretch


def reached_for(role: PractitionerRole, *, at: datetime) -> Held | None:
    """Who is reached for a role at that moment: whoever holds it, or the role that covers it; None where nobody does.

    A bed that nobody has is answered for by whoever leads the unit.

    A circle of roles that cover one another ends where it began.
    """
    asked: PractitionerRole | None = role
    seen: set[UUID] = set()
    while asked is not None and asked.pk not in seen and len(seen) < MOST_HOPS:
        seen.add(asked.pk)
        stretch = held_at(asked, at=at) if asked.ended is None else None
        if stretch is not None and stretch.person_id is not None:
            return Held(Person.objects.get(pk=stretch.person_id), stretch, asked)
        asked = _answers_for(asked)
    return None


def _answers_for(role: PractitionerRole) -> PractitionerRole | None:
    """The role that covers it: of a bed whichever leads the unit now."""
    return live_roles().filter(unit=role.unit_id, is_lead=True).first() if role.bed else role.covered_by


def reached_for_each(roles: Sequence[PractitionerRole], *, at: datetime) -> dict[UUID, Held | None]:
    """Role id -> the same for many roles at once, each stretch with its end, as far as the next week tells it.

    Five queries for each time that roles are covered by others, and six times at most.
    """
    known: dict[UUID, PractitionerRole] = {}
    stretches: dict[UUID, Stretch | None] = {}
    asked: dict[UUID, PractitionerRole] = {role.pk: role for role in roles}
    leads = _leads_of({role.unit_id for role in roles if role.bed})
    for _hop in range(MOST_HOPS):
        fresh = [pk for pk in asked if pk not in known]
        if not fresh:
            break
        known.update(asked)
        live = [pk for pk in fresh if known[pk].ended is None]
        found = schedules_of(live, starts=at, ends=at + WITHIN_A_WEEK)
        stretches |= {pk: rules.holder_at(_whole_stretches(found[pk]), at) if pk in found else None for pk in fresh}
        covering = [_covering(known[pk], leads) for pk in fresh if not _is_held(stretches[pk])]
        next_ids = {pk for pk in covering if pk is not None and pk not in known}
        asked = {row.pk: row for row in PractitionerRole.objects.filter(pk__in=next_ids).select_related("unit")}
    people = Person.objects.in_bulk([one.person_id for one in stretches.values() if one and one.person_id])
    after = {pk: _covering(role, leads) for pk, role in known.items()}
    return {role.pk: _reached(role.pk, after, stretches, known, people) for role in roles}


def _leads_of(unit_ids: Collection[UUID]) -> dict[UUID, UUID]:
    rows = live_roles().filter(unit__in=unit_ids, is_lead=True) if unit_ids else live_roles().none()
    return dict(rows.values_list("unit_id", "pk"))


def _covering(role: PractitionerRole, leads: Mapping[UUID, UUID]) -> UUID | None:
    return leads.get(role.unit_id) if role.bed else role.covered_by_id


def _whole_stretches(stretches: Sequence[Stretch]) -> list[Stretch]:
    """With what follows without a gap and is the same person's: what one is told the end of."""
    people = dict.fromkeys(one.person_id for one in stretches if one.person_id)
    return [whole for person_id in people for whole in rules.stretches_of(stretches, person_id)]


def _is_held(stretch: Stretch | None) -> bool:
    return stretch is not None and stretch.person_id is not None


def _reached(
    role_id: UUID,
    after: Mapping[UUID, UUID | None],
    stretches: Mapping[UUID, Stretch | None],
    known: Mapping[UUID, PractitionerRole],
    people: Mapping[UUID, Person],
) -> Held | None:
    asked: UUID | None = role_id
    seen: set[UUID] = set()
    while asked is not None and asked in known and asked not in seen:
        seen.add(asked)
        stretch = stretches.get(asked)
        if stretch is not None and stretch.person_id is not None:
            return Held(people[stretch.person_id], stretch, known[asked])
        asked = after[asked]
    return None


def lead_of(unit_id: UUID, *, at: datetime) -> Person | None:
    """Who answers for a unit's schedule at that moment; None where it has no lead, or nobody holds that role."""
    role = live_roles().filter(unit_id=unit_id, is_lead=True).first()
    held = reached_for(role, at=at) if role else None
    return held.person if held else None


def turns_of(people: Collection[UUID], *, starts: datetime, ends: datetime) -> dict[UUID, list[tuple[UUID, Stretch]]]:
    """Person id -> the role id and stretch of each turn of theirs between the two moments, earliest first."""
    of_people = Q(rotations__places__person__in=people) | Q(changes__person__in=people)
    role_ids = list(live_roles().filter(of_people).values_list("pk", flat=True).distinct())
    found: dict[UUID, list[tuple[UUID, Stretch]]] = {person_id: [] for person_id in people}
    for role_id, stretches in schedules_of(role_ids, starts=starts, ends=ends).items():
        for one in stretches:
            if one.person_id in found:
                found[one.person_id].append((role_id, one))
    return {person_id: sorted(turns, key=lambda turn: turn[1].starts) for person_id, turns in found.items()}


def holding_at(people: Collection[UUID], at: datetime) -> set[UUID]:
    """Who of them holds any role at that moment: their devices are to ring (handover/reach/push)."""
    turns = turns_of(people, starts=at, ends=at + timedelta(seconds=1))
    return {person_id for person_id, held in turns.items() if held}


def may_hold(role: PractitionerRole) -> QuerySet[Person]:
    """Who can hold a role: those who belong to its unit and are of its profession."""
    roles = CLINICAL_ROLES if role.profession == EITHER else [role.profession]
    return Person.objects.filter(is_active=True, role__in=roles, memberships__unit=role.unit_id)


def could_cover(role: PractitionerRole, *, starts: datetime, ends: datetime) -> list[Person]:
    """Who can hold the role, holds nothing then, and has rested before and will after, by name."""
    people = {person.pk: person for person in may_hold(role).order_by("display_name", "pk")}
    turns = turns_of(people, starts=starts - rules.REST, ends=ends + rules.REST)
    return [
        person
        for pk, person in people.items()
        if rules.is_rested([stretch for _, stretch in turns[pk]], starts=starts, ends=ends)
    ]


@dataclass(frozen=True)
class Offer:
    """A turn of a colleague that could be taken in return, and both would keep their rest."""

    person: Person
    role: PractitionerRole
    stretch: Stretch

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.person.pk}/{self.role.pk}/{self.stretch.starts.isoformat()}"


def swaps_for(person: Person, role: PractitionerRole, *, give: Stretch, at: datetime, ahead: timedelta) -> list[Offer]:
    """For which turns of colleagues this person could swap theirs, the soonest first.

    `give` is a whole stretch of the person's. A colleague can hold the role, and the person the colleague's.
    """
    people = {one.pk: one for one in may_hold(role).exclude(pk=person.pk)}
    own = [one for one in standing_roles().filter(unit=role.unit_id) if may_hold(one).filter(pk=person.pk).exists()]
    roles = {one.pk: one for one in own}
    turns = {
        pk: _whole(found, pk)
        for pk, found in turns_of([*people, person.pk], starts=at, ends=at + ahead + REACH).items()
    }
    mine = [one for _, one in turns[person.pk]]
    offers = [
        Offer(people[pk], roles[role_id], one)
        for pk in people
        for role_id, one in turns[pk]
        if role_id in roles
        and at < one.starts < at + ahead
        and rules.may_swap(mine, [each for _, each in turns[pk]], give=give, take=one)
    ]
    return sorted(offers, key=lambda offer: (offer.stretch.starts, offer.person.display_name))


def _whole(turns: Sequence[tuple[UUID, Stretch]], person_id: UUID) -> list[tuple[UUID, Stretch]]:
    """The turns of one person, each once from its beginning to its end, whatever it comes from."""
    by_role: dict[UUID, list[Stretch]] = defaultdict(list)
    for role_id, one in turns:
        by_role[role_id].append(one)
    return [(pk, one) for pk, stretches in by_role.items() for one in rules.stretches_of(stretches, person_id)]


def open_asks_of(person: Person, *, at: datetime) -> list[CoverAsk]:
    """What this person is asked to cover and has not answered, the soonest first."""
    rows = CoverAsk.objects.filter(person=person, answer="").filter(
        request__taken__isnull=True, request__withdrawn__isnull=True, request__ends__gt=at
    )
    rows = rows.select_related("request__role__unit", "request__asked_by", "request__instead_of")
    return list(rows.order_by("request__starts"))


def open_requests(request_ids: Collection[UUID]) -> set[UUID]:
    """Those of them that somebody can still take."""
    rows = CoverRequest.objects.filter(pk__in=request_ids, taken__isnull=True, withdrawn__isnull=True)
    return set(rows.filter(ends__gt=timezone.now()).values_list("pk", flat=True))


def requests_of(person: Person, *, at: datetime) -> list[CoverRequest]:
    """What this person has asked for that is not over, the soonest first."""
    rows = CoverRequest.objects.filter(asked_by=person, withdrawn__isnull=True, undone__isnull=True, ends__gt=at)
    return list(rows.select_related("role__unit", "taken_by").prefetch_related("asks__person").order_by("starts"))


def gaps_of(unit: Unit) -> list[CoverageGap]:
    """The stretches to come that nobody holds of the unit's roles that may never be empty, the soonest first."""
    rows = CoverageGap.objects.filter(role__unit=unit, role__ended__isnull=True, closed__isnull=True)
    found = rows.select_related("role").order_by("starts", "role__name")
    # What is shorter than a page tells (the moment between two acts) would read as 16:04–16:04.
    return [row for row in found if row.ends - row.starts >= A_MINUTE]


def changes_to_come(role: PractitionerRole, *, at: datetime) -> list[ScheduleChange]:
    """What was changed by hand and is not over, the soonest first."""
    rows = ScheduleChange.objects.filter(role=role, undone__isnull=True, ends__gt=at)
    return list(rows.select_related("person").order_by("starts"))
