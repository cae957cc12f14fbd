"""Who may see which patient, and why: the one getter, and the rows that acts write for it.

A caregiver sees a patient because of a live row of `CareRelationship`: of their own, or of a unit they belong to or
are on duty in now (and of their role, where the row is narrowed to one). Nobody else sees anything: a call agent, a
compliance officer and an administrator have none, whatever unit they are members of. "Absent" and "not yours" are one
answer, by one query. Times are the database's own, so that a row counts from the statement that wrote it.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.models import CLINICAL_ROLES, Duty, Membership, Person, Unit
from handover.patients.models import CareRelationship, CareRelationshipQuerySet, Patient
from live.refusals import NotFound

# Where several rows allow the same read, the log names the plainest: their unit has the patient.
PLAINEST_FIRST = (
    Case(When(reason=CareRelationship.Reason.UNIT_HAS_PATIENT, then=Value(0)), default=Value(1)).asc(),
    "begins",
    "pk",
)


@dataclass(frozen=True)
class Granted:
    """A patient that this person may see, and the row that allows it."""

    patient: Patient
    relationship: CareRelationship


def patient_for(actor: Actor, patient_id: UUID, *, act: str = "patient.read") -> Granted:
    """The patient with the relationship that lets this person see them. `act` names what a refusal is logged as.

    Raises NotFound in the same words for a patient who does not exist and for one who is not theirs to see.
    """
    relationship = _live_rows(actor).filter(patient_id=patient_id).select_related("patient").first()
    if relationship is None:
        raise NotFound(act=act, patient_id=patient_id)
    return Granted(patient=relationship.patient, relationship=relationship)


def visible_to(actor: Actor) -> QuerySet[Patient]:
    """Every patient this person may see now."""
    return Patient.objects.filter(pk__in=_live_rows(actor).order_by().values("patient_id"))


def relationship_for(actor: Actor, patient_id: UUID) -> CareRelationship | None:
    """The live row that lets this person see the patient, the plainest first; None when there is none."""
    return _live_rows(actor).filter(patient_id=patient_id).first()


def relationships_of(actor: Actor) -> CareRelationshipQuerySet:
    """Every live row that lets this person see a patient, the plainest and oldest first."""
    return _live_rows(actor)


def rows_allowing(pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """For many (person, patient) at once: the id of the row that lets that person see that patient, the plainest first.

    A pair that is absent may not. The same rule as for one person, in four queries for any number.
    """
    person_ids, patient_ids = {person for person, _ in pairs}, {patient for _, patient in pairs}
    clinicians = Person.objects.filter(pk__in=person_ids, is_active=True, role__in=list(CLINICAL_ROLES))
    roles = dict(clinicians.values_list("pk", "role"))
    works: set[tuple[UUID, UUID]] = set(
        Membership.objects.filter(person_id__in=roles).values_list("person_id", "unit_id")
    )
    now_on_duty = Q(starts__lte=Now()) & (Q(ends__isnull=True) | Q(ends__gt=Now()))
    works |= set(Duty.objects.filter(now_on_duty, person_id__in=roles).values_list("person_id", "unit_id"))
    by_patient: dict[UUID, list[CareRelationship]] = defaultdict(list)
    rows = CareRelationship.objects.now().filter(patient_id__in=patient_ids)
    for row in rows.order_by(*PLAINEST_FIRST):
        by_patient[row.patient_id].append(row)
    found: dict[tuple[UUID, UUID], UUID] = {}
    for person_id, patient_id in pairs:
        for row in by_patient[patient_id] if person_id in roles else ():
            is_theirs = row.person_id == person_id or (
                row.unit_id is not None and row.role in ("", roles[person_id]) and (person_id, row.unit_id) in works
            )
            if is_theirs:
                found.setdefault((person_id, patient_id), row.pk)
    return found


def works_in(actor: Actor, unit_id: UUID) -> bool:
    """Whether this person is a clinician who belongs to the unit, or is on duty in it now."""
    return Unit.objects.filter(_is_clinician(actor), _belongs(actor, "pk"), pk=unit_id).exists()


def grant(
    patient_id: UUID,
    *,
    reason: str,
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    role: str = "",
    source_id: UUID | None = None,
) -> CareRelationship:
    """The live row that lets a person, or a unit (or one role in it), see the patient. In the act's transaction.

    `source_id` is what it came from (a handover). A row that already says the same is given back, not doubled.
    """
    said = {"reason": reason, "person_id": person_id, "unit_id": unit_id, "role": role, "source_id": source_id}
    rows = CareRelationship.objects.filter(patient_id=patient_id, ends__isnull=True)
    return rows.filter(**said).first() or CareRelationship.objects.create(patient_id=patient_id, **said)


def end(
    patient_id: UUID,
    *,
    reason: str,
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    source_id: UUID | None = None,
) -> int:
    """How many live rows for `reason` were ended, narrowed by what is given. In the act's transaction."""
    narrowed = {"person_id": person_id, "unit_id": unit_id, "source_id": source_id}
    given = {name: value for name, value in narrowed.items() if value is not None}
    rows = CareRelationship.objects.filter(patient_id=patient_id, reason=reason, ends__isnull=True, **given)
    return rows.update(ends=Now())


def _live_rows(actor: Actor) -> CareRelationshipQuerySet:
    """The rows that count for this person now.

    The person is looked up again in the same query: a role or an account that changed since the session began counts
    at once. A duty counts only while it runs; a membership as long as its row lives.
    """
    by_unit = Q(unit__isnull=False) & Q(role__in=["", actor.person.role]) & _belongs(actor, "unit_id")
    return (
        CareRelationship.objects.now()
        .filter(Q(_is_clinician(actor)) & (Q(person_id=actor.person.pk) | by_unit))
        .order_by(*PLAINEST_FIRST)
    )


def _is_clinician(actor: Actor) -> Exists:
    person = actor.person
    rows = Person.objects.filter(pk=person.pk, is_active=True, role=person.role, role__in=list(CLINICAL_ROLES))
    return Exists(rows)


def _belongs(actor: Actor, unit: str) -> Q:
    """Whether the person is a member of the unit in the column `unit`, or on duty in it now."""
    rows = {"person_id": actor.person.pk, "unit_id": OuterRef(unit)}
    now_on_duty = Q(starts__lte=Now()) & (Q(ends__isnull=True) | Q(ends__gt=Now()))
    return Q(Exists(Membership.objects.filter(**rows))) | Q(Exists(Duty.objects.filter(now_on_duty, **rows)))
