"""What two compliance officers decide: one asks, another approves or either drops it. The same for all three kinds.

Both are officers, because two of the three name a patient, of whom an administrator learns nothing; and whoever gives
roles should not be the second pair of eyes on what is kept. Source: ASVS 5.0 V2.3.5; docs/decisions/0013.
"""

from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person, Role
from audit.retention.models import ByTwo, Erasure, Lifting, Policy
from ledger.agents import Entity
from ledger.services import Detail, record
from live.refusals import Conflict, Denied, NotFound

PURPOSE = "HOPERAT"
T = TypeVar("T", Policy, Lifting, Erasure)


def ask(row: T, *, act: str) -> T:
    """The row, saved: it waits for a second officer. What lapsed makes room; raises Conflict when one waits already."""
    lapsed = type(row).objects.filter(approved__isnull=True, dropped__isnull=True, good_until__lte=Now())
    lapsed.update(dropped=Now())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as exc:
        if "one_open" not in str(exc):
            raise
        words = _("This was asked for already. Another officer approves it below, or either of you drops it.")
        raise Conflict(words, act=act, code="asked_already", patient_id=patient_of(row)) from exc
    return row


def to_approve(actor: Actor, kind: type[T], row_id: UUID, *, act: str) -> T:
    """The row that waits, locked, for an officer who is not the one who asked.

    Raises NotFound for none that waits, Denied for whoever asked, Conflict where the asker is no officer any more.
    """
    row = waiting(kind, row_id, act=act)
    patient_id = patient_of(row)
    if row.asked_by_id == actor.person.pk:
        words = _("You asked for this. A second compliance officer approves it.")
        raise Denied(words, code="second_person", act=act, subject_id=row.pk, patient_id=patient_id)
    if not Person.objects.filter(pk=row.asked_by_id, is_active=True, role=Role.COMPLIANCE_OFFICER).exists():
        words = _("Whoever asked for this is no compliance officer any more. Drop it, and ask anew.")
        raise Conflict(words, code="asker_gone", act=act, subject_id=row.pk, patient_id=patient_id)
    return row


def waiting(kind: type[T], row_id: UUID, *, act: str) -> T:
    """The row that waits for a second officer, locked. Raises NotFound."""
    rows = kind.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(pk=row_id, approved__isnull=True, dropped__isnull=True, good_until__gt=Now()).first()
    if row is None:
        raise NotFound(act=act, subject_id=row_id)
    return row


def patient_of(row: ByTwo) -> UUID | None:
    """Whom it is about; None for a policy."""
    if isinstance(row, Lifting):
        return row.hold.patient_id
    return row.patient_id if isinstance(row, Erasure) else None


def note(event: str, actor: Actor | None, row: ByTwo, *, reason: str = "", detail: Detail | None = None) -> None:
    """The act is on record, in its transaction, with whom it is about."""
    record(
        event,
        agent=actor.agent if actor else None,
        patient_id=patient_of(row),
        entity=Entity(type(row).__name__.lower(), row.pk),
        purpose=PURPOSE,
        reason=reason,
        detail=detail,
    )
