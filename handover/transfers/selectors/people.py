"""Who has a patient, and what waits to be done for them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.actors import Actor
from accounts.models import Person
from handover.patients import access
from handover.transfers import sealed
from handover.transfers.models import OpenAction, Responsibility
from ledger import services as ledger


@dataclass(frozen=True)
class ActionView:
    """An action that waits. `is_late`: its time has passed."""

    id: UUID
    what: str
    who: str
    due: datetime | None
    owner: Person
    # None: it was made of a message, and has not been handed over yet.
    handover_id: UUID | None
    is_late: bool


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


def holder_of(patient_id: UUID) -> Person | None:
    """Who has the patient now, for a page that has decided who may see it."""
    row = Responsibility.objects.filter(patient_id=patient_id, until__isnull=True).select_related("person").first()
    return row.person if row else None


def _read(actor: Actor, patient_id: UUID) -> None:
    granted = access.opened_by(actor, patient_id)
    ledger.record(
        "patient.read",
        agent=actor.agent,
        patient_id=patient_id,
        relationship_id=granted.relationship.pk,
        purpose=granted.purpose,
    )


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
