"""Whom a page about a patient can go to: the roles of the patient's unit first, with who holds each now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from accounts.models import Person, Role, Unit
from handover.duty.instead import reached_instead
from handover.duty.models import PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.selectors import (
    A_MINUTE,
    WITHIN_A_WEEK,
    Held,
    live_roles,
    reached_for_each,
    standing_roles,
)
from handover.paging.rules import Target
from handover.paging.selectors.policies import roles_of_targets
from handover.patients.bedside import reached_by, role_at_bed
from handover.patients.models import CareRelationship, Encounter
from handover.reach.selectors import reachability_of

_NEAR = 6
# Of those that a page can be sent to beside another: how many have a button of their own, and which words come first.
_BY_ONE_TAP = 3
_HELPERS = (Target.SUPERVISOR, Target.BACKUP)


@dataclass(frozen=True)
class Choice:
    """A role that can be paged, and who would have it now. `via`: the role that covers it, where nobody holds it."""

    role: PractitionerRole
    person: Person | None
    stretch: Stretch | None
    via: PractitionerRole | None
    is_reachable: bool = True
    # Who is reached instead of a holder who is busy or off duty.
    instead: Person | None = None

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"role:{self.role.pk}"


@dataclass(frozen=True)
class Offered:
    """Roles that a page can be sent to beside another: by one tap, near, and by their names alone those elsewhere."""

    first: tuple[Choice, ...]
    more: tuple[Choice, ...]
    elsewhere: tuple[PractitionerRole, ...]


def unit_of_patient(patient_id: UUID) -> Unit | None:
    """Where the patient is."""
    stay = (
        Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE).select_related("unit").first()
    )
    return stay.unit if stay else None


def near_choices(unit: Unit | None, *, at: datetime, patient_id: UUID | None = None) -> list[Choice]:
    """The roles of the patient's unit: physicians' first, then the lead's; at most six, and the nurse for their bed."""
    return _choices(_near_roles(unit, patient_id=patient_id), at=at, patient_id=patient_id)


def _near_roles(unit: Unit | None, *, patient_id: UUID | None) -> list[PractitionerRole]:
    if unit is None:
        return []
    rows = standing_roles().select_related("covered_by", "unit__facility").filter(unit=unit)
    ordered = sorted(rows, key=lambda role: (role.profession != Role.PHYSICIAN, not role.is_lead, role.name))
    bedside = role_at_bed(patient_id) if patient_id else None
    return [*ordered[:_NEAR], *([bedside] if bedside else [])]


def offered_beside(unit: Unit | None, *, at: datetime, patient_id: UUID, but: Collection[UUID]) -> Offered:
    """Whom a page can be sent to beside another, but for these roles; three of them by one tap.

    The outreach teams of the facility first, then whom the unit calls for help, then whoever may never be missing, then
    the others near.
    """
    named = [*_outreach(unit), *_named_by(unit)]
    near = _near_roles(unit, patient_id=patient_id)
    roles = {role.pk: role for role in [*named, *sorted(near, key=lambda role: not role.is_safety_critical)]}
    found = _choices([role for role in roles.values() if role.pk not in but], at=at, patient_id=patient_id)
    elsewhere = [role for role in other_roles(unit) if role.pk not in {*but, *roles}]
    return Offered(tuple(found[:_BY_ONE_TAP]), tuple(found[_BY_ONE_TAP:]), tuple(elsewhere))


def _outreach(unit: Unit | None) -> list[PractitionerRole]:
    """The teams that come to any unit of this one's facility."""
    if unit is None:
        return []
    rows = standing_roles().select_related("covered_by", "unit__facility")
    return list(rows.filter(is_outreach=True, unit__facility=unit.facility_id).order_by("name"))


def _named_by(unit: Unit | None) -> list[PractitionerRole]:
    """Which roles the unit means by the words for whoever helps out, in the order in which they are offered."""
    named = roles_of_targets(unit.pk) if unit else {}
    return [named[each].role for each in _HELPERS if each in named and named[each].role.ended is None]


def _choices(roles: Sequence[PractitionerRole], *, at: datetime, patient_id: UUID | None) -> list[Choice]:
    held = reached_for_each(roles, at=at)
    found = [_choice(role, held[role.pk], at=at, patient_id=patient_id) for role in roles]
    reached = reachability_of({person.pk for each in found if (person := each.instead or each.person)})
    return [
        replace(each, is_reachable=reached[person.pk].hears) if (person := each.instead or each.person) else each
        for each in found
    ]


def other_roles(unit: Unit | None, *, asked_for: UUID | None = None) -> list[PractitionerRole]:
    """Every other role that can be paged, by unit and name; of the beds only the one that was asked for."""
    rows = standing_roles().order_by("unit__name", "name")
    beds = live_roles().exclude(bed="").filter(pk__in=[asked_for] if asked_for else [])
    return [*beds, *(rows.exclude(unit=unit) if unit else rows)]


def colleagues_of(patient_id: UUID, *, but: UUID) -> list[Person]:
    """Who is named for the patient: the attending physician, who consults, the primary nurse."""
    rows = CareRelationship.objects.now().filter(
        patient_id=patient_id, reason__in=("attending", "consulting", "primary_nurse", "responsible")
    )
    people = {row.person_id: row.person for row in rows.select_related("person") if row.person is not None}
    return [person for person_id, person in people.items() if person_id != but and person.is_active]


def proposed_role(choices: Sequence[Choice], *, but: UUID) -> PractitionerRole | None:
    """Of the unit's roles the first that somebody else has now: a physician's where one is on call, by the hour."""
    held = [each for each in choices if each.person is not None and each.person.pk != but]
    return held[0].role if held else None


def _choice(role: PractitionerRole, held: Held | None, *, at: datetime, patient_id: UUID | None) -> Choice:
    if role.bed:
        # Of a bed that no nurse has taken it may be the patient's own: for how long nobody has said.
        own = reached_by(role, patient_id=patient_id, at=at)
        held = own if own is not None and (held is None or own.person != held.person) else held
    if held is None:
        return Choice(role, None, None, None)
    instead = reached_instead(held.person.pk, at=at)
    via = held.role if held.role.pk != role.pk else None
    # An end is told where it is one: not of what goes on for weeks, nor of a moment.
    stretch = held.stretch if at + A_MINUTE < held.stretch.ends < at + WITHIN_A_WEEK else None
    return Choice(role, held.person, stretch, via, instead=instead.person if instead else None)
