"""Who has a patient, what waits to be done for them, and the overrides that a compliance officer looks at."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.actors import Actor
from accounts.models import Person, Role, Unit
from handover.patients import access
from handover.transfers import sealed
from handover.transfers.models import OpenAction, Override, Responsibility
from ledger import services as ledger
from live.refusals import Denied


@dataclass(frozen=True)
class ActionView:
    """An action that waits. `is_late`: its time has passed."""

    id: UUID
    what: str
    who: str
    due: datetime | None
    owner: Person
    handover_id: UUID
    is_late: bool


@dataclass(frozen=True)
class OverrideRow:
    """An override by its codes and people; nothing of the patient."""

    id: UUID
    requested: datetime
    requested_by: Person
    is_emergency: bool
    locks: tuple[str, ...]
    second_person: Person | None
    approved: datetime | None
    departed: datetime | None
    from_unit: Unit
    to_unit: Unit
    reviewed: datetime | None
    reviewed_by: Person | None


@transaction.atomic
def who_has(actor: Actor, patient_id: UUID) -> list[Responsibility]:
    """Everybody who had this patient, newest first; the first is who has them now, when its `until` is None.

    Empty: nobody has taken the patient yet. Recorded as patient.read. Raises NotFound.
    """
    _read(actor, patient_id)
    rows = Responsibility.objects.filter(patient_id=patient_id).select_related("person", "unit", "handover")
    return list(rows.order_by(F("until").desc(nulls_first=True), "-since"))


@transaction.atomic
def open_actions(actor: Actor, patient_id: UUID, *, at: datetime) -> list[ActionView]:
    """What waits to be done for this patient, by time, without one last. Recorded as patient.read. Raises NotFound."""
    _read(actor, patient_id)
    rows = OpenAction.objects.filter(patient_id=patient_id, done__isnull=True, dropped__isnull=True)
    return [_action(row, at) for row in rows.select_related("owner").order_by(F("due").asc(nulls_last=True), "pk")]


@transaction.atomic
def overrides_to_review(actor: Actor) -> list[OverrideRow]:
    """The overrides that nobody has reviewed, oldest first. Raises Denied for anybody but a compliance officer."""
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise Denied(act="audit.searched", code="role")
    ledger.record("audit.searched", agent=actor.agent, purpose="HOPERAT", detail={"what": "overrides"})
    rows = Override.objects.filter(reviewed__isnull=True).select_related(
        "requested_by", "second_person", "transfer__from_unit", "transfer__to_unit"
    )
    return [_override(row) for row in rows.order_by("requested", "pk")]


def _read(actor: Actor, patient_id: UUID) -> None:
    granted = access.patient_for(actor, patient_id)
    ledger.record("patient.read", agent=actor.agent, patient_id=patient_id, relationship_id=granted.relationship.pk)


def _action(row: OpenAction, at: datetime) -> ActionView:
    action = sealed.action_of(row)
    return ActionView(
        id=row.pk,
        what=action.what,
        who=action.who,
        due=row.due,
        owner=row.owner,
        handover_id=row.handover_id,
        is_late=row.due is not None and row.due < at,
    )


def _override(row: Override) -> OverrideRow:
    return OverrideRow(
        id=row.pk,
        requested=row.requested,
        requested_by=row.requested_by,
        is_emergency=row.is_emergency,
        locks=tuple(row.locks),
        second_person=row.second_person,
        approved=row.approved,
        departed=row.transfer.departed,
        from_unit=row.transfer.from_unit,
        to_unit=row.transfer.to_unit,
        reviewed=row.reviewed,
        reviewed_by=row.reviewed_by,
    )
