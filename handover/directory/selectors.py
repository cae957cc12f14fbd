"""The search: what is taken where, roles, people and units, each with whom one reaches now, until when, and how.

What holds all the words stands alone; only where nothing does, of any kind, what is most alike is shown. Whoever is on
duty stands before whoever is not.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.alike import alike
from accounts.models import Duty, Membership, Person, Role, Unit
from accounts.people.models import Registration
from accounts.people.registrations import registrations_of
from handover.directory import rules
from handover.directory.models import Capability
from handover.directory.rules import Standing
from handover.duty.instead import Instead, reached_instead, said_by
from handover.duty.models import PractitionerRole
from handover.duty.rules import Said
from handover.duty.rules.beds import bed_words
from handover.duty.selectors import AN_INSTANT, WITHIN_A_WEEK, Held, live_roles, reached_for_each, turns_of
from live.statements import Statement

MOST = 20
# Roles, capabilities and units are some thousands: each is read, without an index. A word of five letters with one of
# them wrong, missing or too much is 0.4 alike at least. What is looked for holds no mark that LIKE reads (rules.meant).
_FOUND = """
SELECT t.id, t.words LIKE ALL(%(like)s::text[]) FROM (
    SELECT o.id, o.name, lower(o.name || ' ' || {unit}) AS words
    FROM {table} o {join} WHERE {live}) t
WHERE t.words LIKE ALL(%(like)s::text[]) OR word_similarity(%(words)s::text, t.words) >= 0.4
ORDER BY 2 DESC, word_similarity(%(words)s::text, lower(t.name)) DESC, t.words, t.id LIMIT %(most)s::int
"""
_OF_UNIT = {
    "unit": "u.name || ' ' || u.short_name || ' ' || f.name",
    "join": "JOIN accounts_unit u ON u.id = o.unit_id JOIN accounts_facility f ON f.id = u.facility_id",
    "live": "o.ended IS NULL",
}
_ROLES = Statement(_FOUND.format(table="duty_practitionerrole", **_OF_UNIT))
_CAPABILITIES = Statement(_FOUND.format(table="directory_capability", **_OF_UNIT))
_UNITS = Statement(
    _FOUND.format(
        table="accounts_unit",
        unit="o.short_name || ' ' || f.name",
        join="JOIN accounts_facility f ON f.id = o.facility_id",
        live="true",
    )
)


@dataclass(frozen=True)
class RoleHit:
    """A role, and whom one reaches by it now: None where that is nobody."""

    role: PractitionerRole
    held: Held | None
    # Until when they hold it, where that is within the next week.
    until: datetime | None
    # Where they have said that they are busy: until when, and who is reached instead.
    instead: Instead | None = None

    @property
    def is_covered(self) -> bool:
        """Whether another role answers for it."""
        return self.held is not None and self.held.role.pk != self.role.pk


@dataclass(frozen=True)
class CapabilityHit:
    """What a unit takes, how it stands now, and who is asked, where that is a role."""

    row: Capability
    standing: Standing
    asked: RoleHit | None


@dataclass(frozen=True)
class PersonHit:
    """Somebody who works here: where, since when they are on duty there (None: not now), and the roles they hold."""

    person: Person
    units: Sequence[Unit]
    since: datetime | None
    roles: Sequence[PractitionerRole]
    # Busy or off duty, as they said themselves, and until when.
    said: Said | None = None
    # A professional register in which they were found, by this name.
    registration: Registration | None = None
    # The beds that they have, as one says them: 10–14.
    beds: str = ""

    @property
    def is_on(self) -> bool:
        return self.said is None and (self.since is not None or bool(self.roles) or bool(self.beds))


@dataclass(frozen=True)
class Found:
    """What a search found, at most twenty of each kind."""

    capabilities: Sequence[CapabilityHit]
    roles: Sequence[RoleHit]
    people: Sequence[PersonHit]
    units: Sequence[Unit]

    def __bool__(self) -> bool:
        return bool(self.capabilities or self.roles or self.people or self.units)


def found(words: str, *, at: datetime) -> Found:
    """Everything by these words at `at` (aware). Nothing for no words."""
    # Translators: words of a question that say nothing about what is looked for, divided by blanks.
    small = set(_("who what where takes take taking has can does do is are the a an of for at now please").split())
    meant = rules.meant(words, small=small)
    if not meant:
        return Found((), (), (), ())
    rows = [_rows(statement, meant) for statement in (_CAPABILITIES, _ROLES, _UNITS)]
    people = _people_by(meant)
    is_whole = bool(people) or any(whole for of_kind in rows for _pk, whole in of_kind)
    taken, role_ids, unit_ids = ([pk for pk, whole in of_kind if whole or not is_whole] for of_kind in rows)
    roles, units = live_roles().in_bulk(role_ids), Unit.objects.select_related("facility").in_bulk(unit_ids)
    return Found(
        capabilities=_capabilities(taken, at=at),
        roles=role_hits([roles[pk] for pk in role_ids], at=at),
        people=_people(people if is_whole else alike(" ".join(meant), at_most=MOST), at=at),
        units=[units[pk] for pk in unit_ids],
    )


def _rows(statement: Statement, meant: Sequence[str]) -> list[tuple[UUID, bool]]:
    """What is found, the best first, and whether it holds all the words."""
    told = {"like": [f"%{word}%" for word in meant], "words": " ".join(meant), "most": MOST}
    return [(pk, is_whole) for pk, is_whole in statement.all(told)]


def role_hits(roles: Sequence[PractitionerRole], *, at: datetime) -> list[RoleHit]:
    """Each of these roles with whom one reaches by it at `at`, in their order."""
    held = reached_for_each(roles, at=at)
    busy = said_by([one.person.pk for one in held.values() if one], at=at)
    instead = {person_id: reached_instead(person_id, at=at) for person_id in busy}
    return [
        RoleHit(role, one, _until(one, at=at), instead.get(one.person.pk) if one else None)
        for role, one in ((role, held[role.pk]) for role in roles)
    ]


def _until(held: Held | None, *, at: datetime) -> datetime | None:
    return held.stretch.ends if held and held.stretch.ends < at + WITHIN_A_WEEK else None


def capabilities_of(unit: Unit, *, at: datetime) -> list[CapabilityHit]:
    """What the unit takes, by name."""
    ids = Capability.objects.filter(unit=unit, ended__isnull=True).order_by("name").values_list("pk", flat=True)
    return _capabilities(list(ids), at=at)


def _capabilities(ids: Sequence[UUID], *, at: datetime) -> list[CapabilityHit]:
    """In their order, but for what is taken now: that stands first."""
    rows = Capability.objects.select_related("unit__facility", "role__unit__facility", "confirmed_by").in_bulk(ids)
    asked = {hit.role.pk: hit for hit in role_hits([row.role for row in rows.values() if row.role], at=at)}
    hits = [
        CapabilityHit(row, standing_of(row, at=at), asked.get(row.role_id) if row.role_id else None)
        for row in (rows[pk] for pk in ids)
    ]
    return sorted(hits, key=lambda hit: ("open", "limited", "shut", "closed").index(hit.standing.status))


def standing_of(row: Capability, *, at: datetime) -> Standing:
    """The row as the rules see it at that moment, by the ward's clock."""
    hours = rules.Hours(row.hours_from, row.hours_until, ZoneInfo(settings.TIME_ZONE))
    return rules.standing(row.status, hours, confirmed=row.confirmed, id=row.pk, at=at)


def _people_by(meant: Sequence[str]) -> list[UUID]:
    """Whoever works here and whose name, profession or unit holds all the words."""
    rows = Person.objects.filter(is_active=True)
    units = list(Unit.objects.select_related("facility"))
    for word in meant:
        professions = [value for value, label in Role.choices if word in str(label).casefold()]
        places = [unit.pk for unit in units if word in f"{unit.name} {unit.short_name} {unit.facility.name}".casefold()]
        by = Q(display_name__icontains=word) | Q(credentials__icontains=word) | Q(role__in=professions)
        if places:
            by |= Q(pk__in=Membership.objects.filter(unit__in=places).values("person_id"))
        rows = rows.filter(by)
    return list(rows.order_by("display_name", "pk").values_list("pk", flat=True)[:MOST])


def _people(ids: Collection[UUID], *, at: datetime) -> list[PersonHit]:
    """Whoever of them works here, those on duty first, otherwise in their order."""
    people = {pk: row for pk, row in Person.objects.in_bulk(list(ids)).items() if row.is_active}
    units: dict[UUID, list[Unit]] = defaultdict(list)
    for one in Membership.objects.filter(person__in=people).select_related("unit__facility").order_by("unit__name"):
        units[one.person_id].append(one.unit)
    since = dict(Duty.objects.at(at).filter(person__in=people).order_by("-starts").values_list("person_id", "starts"))
    turns = turns_of(people, starts=at, ends=at + AN_INSTANT)
    said = said_by(people, at=at)
    roles = live_roles().in_bulk([role_id for held in turns.values() for role_id, _stretch in held])
    registered = registrations_of(people)
    of_each = {pk: [roles[role_id] for role_id, _stretch in held] for pk, held in turns.items()}
    hits = [
        PersonHit(
            people[pk],
            units[pk],
            since.get(pk),
            [role for role in of_each[pk] if not role.bed],
            said.get(pk),
            registered.get(pk),
            bed_words(role.bed for role in of_each[pk] if role.bed),
        )
        for pk in ids
        if pk in people
    ]
    return sorted(hits, key=lambda hit: not hit.is_on)
