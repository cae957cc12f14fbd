"""Whom a page about a patient can go to: the roles of the patient's unit first, with who holds each now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from accounts.models import Person, Role, Unit
from handover.duty.instead import reached_instead
from handover.duty.models import PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.selectors import live_roles, reached_for
from handover.patients.models import CareRelationship, Encounter
from handover.reach.selectors import reachability_of

_NEAR = 6


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


def unit_of_patient(patient_id: UUID) -> Unit | None:
    """Where the patient is."""
    stay = (
        Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE).select_related("unit").first()
    )
    return stay.unit if stay else None


def near_choices(unit: Unit | None, *, at: datetime) -> list[Choice]:
    """The roles of the patient's unit: physicians' first, then the lead's; at most six."""
    if unit is None:
        return []
    rows = live_roles().select_related("covered_by", "unit__facility").filter(unit=unit)
    ordered = sorted(rows, key=lambda role: (role.profession != Role.PHYSICIAN, not role.is_lead, role.name))
    found = [_choice(role, at) for role in ordered[:_NEAR]]
    reached = reachability_of({person.pk for each in found if (person := each.instead or each.person)})
    return [
        replace(each, is_reachable=reached[person.pk].is_reachable) if (person := each.instead or each.person) else each
        for each in found
    ]


def other_roles(unit: Unit | None) -> list[PractitionerRole]:
    """Every other role that can be paged, by unit and name."""
    rows = live_roles().order_by("unit__name", "name")
    return list(rows.exclude(unit=unit) if unit else rows)


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


def _choice(role: PractitionerRole, at: datetime) -> Choice:
    held = reached_for(role, at=at)
    if held is None:
        return Choice(role, None, None, None)
    instead = reached_instead(held.person.pk, at=at)
    via = held.role if held.role.pk != role.pk else None
    return Choice(role, held.person, held.stretch, via, instead=instead.person if instead else None)
