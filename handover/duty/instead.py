"""Who is reached instead of somebody who is busy, off duty or gone: shown to whoever writes to them before it is sent.

In this order: whom they named; who covers a role that they hold now; who holds now a role that they hold in turn; who
leads their unit. Only somebody who is available is named, and where nobody is, that is said.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import CLINICAL_ROLES, Duty, Membership, Person
from handover.duty import rules
from handover.duty.models import Availability, PractitionerRole
from handover.duty.rules import Known, Said
from handover.duty.selectors import AN_INSTANT, lead_of, live_roles, reached_for, turns_of

MOST_ASKED_FOR = 6


@dataclass(frozen=True)
class Instead:
    """Why somebody is not reached as themselves (`busy`, `off`, `left`), until when, and who is, if anybody.

    `is_known`: it was looked for who is, so that nobody means that there is nobody.
    """

    why: str
    until: datetime | None
    person: Person | None
    is_known: bool = True


def reached_instead(person_id: UUID, *, at: datetime) -> Instead | None:
    """Who is reached instead of this person at `at` (aware); None where they are available themselves."""
    known = known_of([person_id], at=at)[person_id]
    why = rules.standing(known, at=at)
    if why == rules.AVAILABLE:
        return None
    until = known.said.until if known.said and known.said.kind == why else None
    found = rules.first_available(
        _candidates(person_id, known, at=at), but=person_id, stands=lambda each: _stands(each, at=at)
    )
    return Instead(why, until, Person.objects.get(pk=found) if found else None)


def instead_of_each(people: Sequence[UUID], *, at: datetime) -> dict[UUID, Instead]:
    """The same for many, where they stand in a list to choose from; who is reached as themselves is absent.

    Of all it is told whether they are; of the first few, in their order, also who is instead: each takes some queries.
    """
    known = known_of(people, at=at)
    found: dict[UUID, Instead] = {}
    for person_id in dict.fromkeys(people):
        why = rules.standing(known[person_id], at=at)
        if why == rules.AVAILABLE:
            continue
        said = known[person_id].said
        one = reached_instead(person_id, at=at) if len(found) < MOST_ASKED_FOR else None
        found[person_id] = one or Instead(why, said.until if said and said.kind == why else None, None, False)
    return found


def _stands(person_id: UUID, *, at: datetime) -> str:
    return rules.standing(known_of([person_id], at=at)[person_id], at=at)


def known_of(people: Collection[UUID], *, at: datetime) -> dict[UUID, Known]:
    """Person id -> what is known of them at `at`; who is not there works here no longer. Some queries, however many."""
    rows = Person.objects.in_bulk(list(people))
    said = said_by(people, at=at)
    on_duty = set(Duty.objects.at(at).filter(person__in=people).values_list("person_id", flat=True))
    turns = turns_of(people, starts=at, ends=at + AN_INSTANT)
    return {
        person_id: Known(
            works_here=person_id in rows and rows[person_id].is_active,
            is_on=person_id in on_duty or bool(turns[person_id]),
            said=said.get(person_id),
            has_shifts=person_id in rows and rows[person_id].role in CLINICAL_ROLES,
        )
        for person_id in people
    }


def said_by(people: Collection[UUID], *, at: datetime) -> dict[UUID, Said]:
    """Person id -> what they have said of themselves and still holds; who has said nothing is absent."""
    rows = Availability.objects.filter(person__in=people, ended__isnull=True)
    rows = rows.filter(Q(until__isnull=True) | Q(until__gt=at))
    return {row.person_id: Said(row.kind, row.until, row.cover_id) for row in rows}


def availability_of(person: Person, *, at: datetime) -> Availability | None:
    """What the person has said of themselves and still holds."""
    rows = Availability.objects.filter(person=person, ended__isnull=True).select_related("cover")
    return rows.filter(Q(until__isnull=True) | Q(until__gt=at)).first()


def roles_held(person_id: UUID, *, at: datetime) -> list[PractitionerRole]:
    """The roles that this person holds at `at`, those that may never be empty first."""
    held = [role_id for role_id, _stretch in turns_of([person_id], starts=at, ends=at + AN_INSTANT)[person_id]]
    return list(live_roles().filter(pk__in=held).order_by("-is_safety_critical", "name"))


def _candidates(person_id: UUID, known: Known, *, at: datetime) -> Iterator[UUID]:
    if known.said is not None and known.said.cover_id is not None:
        yield known.said.cover_id
    for role in roles_held(person_id, at=at):
        covering = live_roles().filter(pk=role.covered_by_id).first() if role.covered_by_id else None
        held = reached_for(covering, at=at) if covering else None
        if held is not None:
            yield held.person.pk
    for role in live_roles().filter(rotations__places__person=person_id, rotations__ended__isnull=True).distinct():
        held = reached_for(role, at=at)
        if held is not None:
            yield held.person.pk
    for unit_id in Membership.objects.filter(person=person_id).order_by("unit__name").values_list("unit_id", flat=True):
        lead = lead_of(unit_id, at=at)
        if lead is not None:
            yield lead.pk
