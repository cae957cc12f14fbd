"""The nurse for a patient's bed: found from where the patient lies when it matters, so that it follows every move.

In this order: whoever has said that the bed is theirs; the nurse who has this patient, where one is on duty; whoever
leads the unit.
"""

from datetime import datetime
from uuid import UUID

from accounts.models import Role
from handover.duty import rules as duty
from handover.duty.beds import role_of_bed
from handover.duty.instead import known_of
from handover.duty.models import PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.rules.beds import bed_in
from handover.duty.selectors import AN_INSTANT, Held, held_at, reached_for
from handover.patients import sealed
from handover.patients.models import CareRelationship, Encounter
from vault.errors import VaultError

# The one who has accepted the patient before the one who is named for the whole stay.
_HAS_THE_PATIENT = (CareRelationship.Reason.RESPONSIBLE, CareRelationship.Reason.PRIMARY_NURSE)


def role_at_bed(patient_id: UUID) -> PractitionerRole | None:
    """The role of the bed that the patient lies in now; None where they lie in none, or in one that was never named.

    For whoever sees the patient already: the name of the role tells the bed. None, too, where their row cannot be read:
    a page must not stop because a key is missing.
    """
    stays = Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE)
    stay = stays.select_related("unit", "patient").first()
    if stay is None:
        return None
    try:
        headline = sealed.headline_of(stay.patient)
    except VaultError:
        return None
    return role_of_bed(stay.unit_id, bed_in(headline.bed, stay.unit.short_name))


def reached_by(role: PractitionerRole, *, patient_id: UUID | None, at: datetime) -> Held | None:
    """Who is reached for a role at `at` about a patient, or about none; None where nobody is.

    Only of the bed that the patient lies in is the patient's own nurse asked: the one next to it has another.
    """
    if not role.bed or patient_id is None or held_at(role, at=at).person_id is not None:
        return reached_for(role, at=at)
    theirs = role_at_bed(patient_id)
    own = _nurse_of(patient_id, role, at=at) if theirs is not None and theirs.pk == role.pk else None
    return own or reached_for(role, at=at)


def _nurse_of(patient_id: UUID, role: PractitionerRole, *, at: datetime) -> Held | None:
    rows = CareRelationship.objects.now().filter(patient_id=patient_id, reason__in=_HAS_THE_PATIENT)
    nurses = rows.filter(person__is_active=True, person__role=Role.NURSE).select_related("person")
    found = sorted(nurses, key=lambda row: _HAS_THE_PATIENT.index(CareRelationship.Reason(row.reason)))
    people = [row.person for row in found if row.person is not None]
    known = known_of([person.pk for person in people], at=at)
    for person in people:
        if duty.standing(known[person.pk], at=at) == duty.AVAILABLE:
            return Held(person, Stretch(at, at + AN_INSTANT, person.pk), role)
    return None
