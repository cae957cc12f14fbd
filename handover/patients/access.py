"""Who may see which patient, and why: the one getter, and the rows that acts write for it.

A caregiver sees a patient because of a live row of `CareRelationship`: of their own, or of a unit they belong to or
are on duty in now (and of their role, where the row is narrowed to one). Nobody else sees anything: a call agent, a
compliance officer and an administrator have none, whatever unit they are members of. "Absent" and "not yours" are one
answer, by one query. Times are the database's own, so that a row counts from the statement that wrote it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.models import CLINICAL_ROLES, Duty, Membership, Person, Unit
from handover.patients import budget
from handover.patients.models import CareRelationship, CareRelationshipQuerySet, Patient
from live.acting import about_one
from live.refusals import NotFound
from live.rows import columns, made, split
from live.statements import Call, Statement

# Where several rows allow the same read, the log names the plainest: their unit has the patient; then what stands
# before what ends by itself, so that emergency access is named only where nothing else would do.
PLAINEST_FIRST = (
    Case(When(reason=CareRelationship.Reason.UNIT_HAS_PATIENT, then=Value(0)), default=Value(1)).asc(),
    Case(When(ends__isnull=True, then=Value(0)), default=Value(1)).asc(),
    "begins",
    "pk",
)


@dataclass(frozen=True)
class Granted:
    """A patient that this person may see, and the row that allows it."""

    patient: Patient
    relationship: CareRelationship

    @property
    def purpose(self) -> str:
        """Why, in HL7's PurposeOfUse: to treat, or by breaking the glass."""
        return "BTG" if self.relationship.reason == CareRelationship.Reason.BREAK_GLASS else "TREAT"


class Reading(NamedTuple):
    """The row that lets somebody see a patient, and their role."""

    relationship_id: UUID
    role: str


@dataclass(frozen=True)
class Door:
    """Who is to see a patient and why: a row that is still to be written. `source_id` is what it comes from.

    `ends` is known beforehand for a row that ends by itself.
    """

    patient_id: UUID
    reason: str
    person_id: UUID | None = None
    unit_id: UUID | None = None
    role: str = ""
    source_id: UUID | None = None
    ends: datetime | None = None


def opened_by(actor: Actor, patient_id: UUID) -> Granted:
    """The patient for a page that shows them: the same as patient_for, and counted in the day's budget.

    In the transaction of the read. Raises NotFound, and Conflict when the day's budget of patients is spent.
    """
    granted = patient_for(actor, patient_id)
    return Granted(granted.patient, budget.spend(actor, granted.relationship))


def patient_for(actor: Actor, patient_id: UUID, *, act: str = "patient.read") -> Granted:
    """The patient with the relationship that lets this person see them. `act` names what a refusal is logged as.

    Raises NotFound in the same words for a patient who does not exist and for one who is not theirs to see.
    """
    about_one()
    found = _WITH_PATIENT.first([actor.person.pk, actor.person.role, patient_id])
    if found is None:
        raise NotFound(act=act, patient_id=patient_id)
    row, row_of_patient = split(found, CareRelationship, Patient)
    relationship = made(CareRelationship, row)
    relationship.patient = patient = made(Patient, row_of_patient)
    return Granted(patient=patient, relationship=relationship)


def visible_to(actor: Actor) -> QuerySet[Patient]:
    """Every patient this person may see now."""
    return Patient.objects.filter(pk__in=_rule("patient_id", actor))


def relationship_for(actor: Actor, patient_id: UUID) -> CareRelationship | None:
    """The live row that lets this person see the patient, the plainest first; None when there is none."""
    return relationships_of(actor).filter(patient_id=patient_id).first()


def relationships_of(actor: Actor) -> CareRelationshipQuerySet:
    """Every live row that lets this person see a patient, the plainest and oldest first."""
    return CareRelationship.objects.filter(pk__in=_rule("id", actor)).order_by(*PLAINEST_FIRST)


def rows_allowing(pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """For many (person, patient) at once: the id of the row that lets that person see that patient, the plainest first.

    A pair that is absent may not. The same rule as for one person, in one query for any number.
    """
    return {pair: reading.relationship_id for pair, reading in readings_allowed(pairs).items()}


def readings_allowed(pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Reading]:
    """The same with the role in which each person reads, for the record."""
    if not pairs:
        return {}
    people, patients = zip(*pairs, strict=True)
    rows = _FOR_MANY.all([list(people), list(patients)])
    return {(person_id, patient_id): Reading(row_id, role) for person_id, patient_id, row_id, role in rows}


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


def granting(doors: Sequence[Door]) -> list[Call]:
    """What makes each a live row when it is run, by one statement; one that already says the same is not doubled."""
    said = list(dict.fromkeys(doors))
    return [Call(_GRANT, [[getattr(door, part.name) for door in said] for part in fields(Door)])] if said else []


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


# The rule itself is a function of the database (migration 0003): one text for this module and for whoever else must ask
# it. Written out and not composed, because every act and every read of a patient runs it.
_ORDER = "r.reason <> 'unit_has_patient', r.ends IS NOT NULL, r.begins, r.id"
_WITH_PATIENT = Statement(f"""
SELECT {columns(CareRelationship, "r")}, {columns(Patient, "p")}
FROM patients_relationships_of(%s, %s) r JOIN patients_patient p ON p.id = r.patient_id
WHERE r.patient_id = %s ORDER BY {_ORDER} LIMIT 1
""")  # noqa: S608 -- the names of columns, no value
_FOR_MANY = Statement(f"""
SELECT DISTINCT ON (a.person_id, a.patient_id) a.person_id, a.patient_id, r.id, p.role
FROM unnest(%s::uuid[], %s::uuid[]) a (person_id, patient_id)
JOIN accounts_person p ON p.id = a.person_id
JOIN LATERAL patients_relationships_of(p.id, p.role) r ON r.patient_id = a.patient_id
ORDER BY a.person_id, a.patient_id, {_ORDER}
""")  # noqa: S608 -- a constant

# IS NOT DISTINCT FROM: where a row names nobody, nobody is compared too.
_GRANT = Statement("""
INSERT INTO patients_carerelationship (id, patient_id, reason, person_id, unit_id, role, source_id, ends)
SELECT gen_random_uuid(), d.*
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[])
    AS d (patient_id, reason, person_id, unit_id, role, source_id, ends)
WHERE NOT EXISTS (
    SELECT FROM patients_carerelationship r
    WHERE r.patient_id = d.patient_id AND r.ends IS NOT DISTINCT FROM d.ends AND r.reason = d.reason AND r.role = d.role
        AND r.person_id IS NOT DISTINCT FROM d.person_id AND r.unit_id IS NOT DISTINCT FROM d.unit_id
        AND r.source_id IS NOT DISTINCT FROM d.source_id
)
""")


def _rule(column: str, actor: Actor) -> RawSQL:
    """The rows that count for this person now, as a subquery: the person is looked up again, as they are now."""
    query = f"SELECT {column} FROM patients_relationships_of(%s, %s)"  # noqa: S608 -- a column of this module's
    return RawSQL(query, [actor.person.pk, actor.person.role])  # noqa: S611


def _is_clinician(actor: Actor) -> Exists:
    person = actor.person
    rows = Person.objects.filter(pk=person.pk, is_active=True, role=person.role, role__in=list(CLINICAL_ROLES))
    return Exists(rows)


def _belongs(actor: Actor, unit: str) -> Q:
    """Whether the person is a member of the unit in the column `unit`, or on duty in it now."""
    rows = {"person_id": actor.person.pk, "unit_id": OuterRef(unit)}
    now_on_duty = Q(starts__lte=Now()) & (Q(ends__isnull=True) | Q(ends__gt=Now()))
    return Q(Exists(Membership.objects.filter(**rows))) | Q(Exists(Duty.objects.filter(now_on_duty, **rows)))
