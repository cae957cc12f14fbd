"""Who works where, and who is on duty now: for everybody who is signed in, without any patient in it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.alike import alike
from accounts.models import CLINICAL_ROLES, Duty, Facility, Membership, Person, Role, Unit
from live.statements import Statement

# Where nobody's name holds the words as they were typed.
MOST_ALIKE = 20


@dataclass(frozen=True)
class Staff:
    """Somebody in a unit. `since` is when their duty there began; None when they are not on duty there now."""

    person: Person
    since: datetime | None


@dataclass(frozen=True)
class UnitEntry:
    """A unit with its people, those on duty first."""

    unit: Unit
    staff: list[Staff]

    @property
    def on_duty(self) -> list[Staff]:
        return [entry for entry in self.staff if entry.since]


@dataclass(frozen=True)
class FacilityEntry:
    """A facility with the units that are shown of it."""

    facility: Facility
    units: list[UnitEntry]


def units_of(person: Person) -> list[Unit]:
    """The units this person belongs to, by name."""
    units = Unit.objects.filter(memberships__person=person).select_related("facility")
    return list(units.order_by("name", "facility__name"))


def persons_of(unit: Unit) -> list[Person]:
    """Everybody who belongs to the unit and still works here, by name."""
    return list(Person.objects.filter(memberships__unit=unit, is_active=True).order_by("display_name"))


# By name, so that the first of them is the same for everybody who asks.
_CLINICIANS = Statement("""
SELECT p.id FROM accounts_person p
WHERE p.is_active AND p.role = ANY(%(roles)s) AND (
    %(at)s::timestamptz IS NULL
    AND EXISTS (SELECT FROM accounts_membership m WHERE m.person_id = p.id AND m.unit_id = %(unit)s)
    OR EXISTS (SELECT FROM accounts_duty d WHERE d.person_id = p.id AND d.unit_id = %(unit)s
        AND d.starts <= %(at)s AND (d.ends IS NULL OR d.ends > %(at)s)))
ORDER BY p.display_name, p.id
""")


def clinicians_of(unit: Unit, *, on_duty_at: datetime | None) -> list[UUID]:
    """The nurses and physicians who belong to the unit; with `on_duty_at` those who are on duty there at that time."""
    rows = _CLINICIANS.all({"roles": sorted(CLINICAL_ROLES), "at": on_duty_at, "unit": unit.pk})
    return [person_id for (person_id,) in rows]


def on_duty(unit: Unit, *, at: datetime) -> list[Person]:
    """Who is on duty in the unit at `at` (aware UTC), each once, by name."""
    duties = Duty.objects.at(at).filter(unit=unit)
    return list(Person.objects.filter(pk__in=duties.values("person_id"), is_active=True).order_by("display_name"))


def duties_of(person: Person, *, at: datetime) -> list[Duty]:
    """The duties this person is on at `at`, the latest begun first."""
    return list(Duty.objects.at(at).filter(person=person).select_related("unit__facility").order_by("-starts"))


def uncovered(*, at: datetime, unit_id: UUID | None = None) -> list[Duty]:
    """The duties that run at `at` of people who no longer work here, in the unit or in all of them.

    Nobody does them until somebody else comes on.
    """
    rows = Duty.objects.at(at).filter(person__is_active=False).select_related("person", "unit__facility")
    rows = rows.filter(unit_id=unit_id) if unit_id else rows
    return list(rows.order_by("unit__name", "starts"))


def directory(*, at: datetime, words: str = "", near: Unit | None = None) -> list[FacilityEntry]:
    """Facilities, their units and who is on duty there at `at`.

    With `words`: the units whose name holds all of them, whole; of the others the people whose name, role or unit does,
    on duty or not; where that is nobody, whoever's name is most alike. The facility and the unit of `near` stand first.
    Three queries, six for a misspelt name.
    """
    wanted = words.casefold().split()
    units = list(Unit.objects.select_related("facility").order_by("facility__name", "name"))
    staff = _staff(at, members=_members(units, wanted))
    entries = [entry for unit in units if (entry := _entry(unit, staff.get(unit.pk, []), wanted))]
    found = _by_facility(entries or _most_alike(units, words, at=at))
    if near is not None:
        found.sort(key=lambda entry: entry.facility.pk != near.facility_id)
        for house in found:
            house.units.sort(key=lambda place: place.unit.pk != near.pk)
    return found


def _by_facility(entries: list[UnitEntry]) -> list[FacilityEntry]:
    by_facility: dict[Facility, list[UnitEntry]] = defaultdict(list)
    for entry in entries:
        by_facility[entry.unit.facility].append(entry)
    return [FacilityEntry(facility, units) for facility, units in by_facility.items()]


def _most_alike(units: list[Unit], words: str, *, at: datetime) -> list[UnitEntry]:
    """Where the people are whose names are most alike to words that were misspelt."""
    ids = set(alike(words, at_most=MOST_ALIKE))
    if not ids:
        return []
    staff = _staff(at, members=Membership.objects.filter(person__in=ids))
    found = {pk: [one for one in of_unit if one.person.pk in ids] for pk, of_unit in staff.items()}
    return [UnitEntry(unit, found[unit.pk]) for unit in units if found.get(unit.pk)]


def _entry(unit: Unit, staff: list[Staff], wanted: list[str]) -> UnitEntry | None:
    place = _place(unit)
    if all(word in place for word in wanted):
        return UnitEntry(unit, [one for one in staff if one.since])
    found = [one for one in staff if _matches(one.person, place, wanted)]
    return UnitEntry(unit, found) if found else None


def _place(unit: Unit) -> str:
    return f"{unit.name} {unit.short_name} {unit.facility.name}".casefold()


def _matches(person: Person, place: str, wanted: Iterable[str]) -> bool:
    text = f"{person.display_name} {person.get_role_display()} {person.credentials} {place}".casefold()
    return all(word in text for word in wanted)


def _members(units: list[Unit], wanted: list[str]) -> QuerySet[Membership]:
    """Who belongs to a unit and may match, told by the database: of twenty thousand only those are fetched."""
    rows = Membership.objects.all() if wanted else Membership.objects.none()
    for word in wanted:
        roles = [value for value, label in Role.choices if word in str(label).casefold()]
        places = [unit.pk for unit in units if word in _place(unit)]
        name = Q(person__display_name__icontains=word) | Q(person__credentials__icontains=word)
        rows = rows.filter(name | Q(person__role__in=roles) | Q(unit__in=places))
    return rows


def _staff(at: datetime, *, members: QuerySet[Membership]) -> dict[UUID, list[Staff]]:
    """Unit id -> its people on duty at `at`, then those of `members` who are not, each by name."""
    people: dict[UUID, dict[UUID, Staff]] = defaultdict(dict)
    duties = Duty.objects.at(at).filter(person__is_active=True).select_related("person").order_by("starts")
    for duty in duties:
        people[duty.unit_id].setdefault(duty.person_id, Staff(duty.person, duty.starts))
    for membership in members.filter(person__is_active=True).select_related("person"):
        people[membership.unit_id].setdefault(membership.person_id, Staff(membership.person, None))
    return {
        unit_id: sorted(of_unit.values(), key=lambda one: (one.since is None, one.person.display_name))
        for unit_id, of_unit in people.items()
    }
