"""Erasure: proposed by an officer, approved by another, then a time in which either stops it; a timer does it.

The waiting time is the backup window: every backup that is kept after the key was destroyed was then made while the
approved erasure and its timer already stood in the database, so that restoring it destroys the key again. When nothing
is readable anywhere is `nothing_readable_from`. docs/retention.md.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from audit.retention import deciding, notices
from audit.retention.due import is_due
from audit.retention.models import Erasure
from audit.selectors import require_officer
from handover.patients.models import Patient
from handover.transfers import erasing
from live import keys
from live.acting import acting_as_system
from live.inbox import Announcement
from live.refusals import Conflict, NotFound
from live.timers import drop_timer, set_timer

PROPOSED, APPROVED, DROPPED = "erasure.proposed", "erasure.approved", "erasure.dropped"
STOPPED = "erasure.stopped"
TIMER = ERASED = "patient.erased"


@acting_as_system("retention.erasure")
@transaction.atomic
def propose(actor: Actor, *, key: UUID, patient_id: UUID) -> None:
    """The erasure waits for a second officer. Raises NotFound to others, Conflict for a patient who is not due."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=PROPOSED, leads_to=patient_id).earlier:
        return
    patient = _due_patient(patient_id, act=PROPOSED)
    row = deciding.ask(Erasure(patient=patient, asked_by=actor.person), act=PROPOSED)
    deciding.note(PROPOSED, actor, row)
    notices.tell(PROPOSED, row)


@acting_as_system("retention.erasure")
@transaction.atomic
def approve(actor: Actor, *, key: UUID, row_id: UUID) -> None:
    """The key is destroyed when the backup window is over. Raises as deciding.to_approve does, and as propose."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=APPROVED, leads_to=row_id).earlier:
        return
    _lock_patient_of(row_id)
    row = deciding.to_approve(actor, Erasure, row_id, act=APPROVED)
    _due_patient(row.patient_id, act=APPROVED)
    window = settings.BACKUP_WINDOW
    Erasure.objects.filter(pk=row.pk).update(approved=Now(), approved_by=actor.person, due=Now() + window)
    set_timer(TIMER, row.pk, after=window)
    deciding.note(APPROVED, actor, row, detail={"days": window.days})


@acting_as_system("retention.erasure")
@transaction.atomic
def drop(actor: Actor, *, key: UUID, row_id: UUID) -> None:
    """A proposal is not wanted any more. Raises NotFound for none that waits for a second officer."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=DROPPED, leads_to=row_id).earlier:
        return
    row = deciding.waiting(Erasure, row_id, act=DROPPED)
    Erasure.objects.filter(pk=row.pk).update(dropped=Now())
    deciding.note(DROPPED, actor, row)


@acting_as_system("retention.erasure")
@transaction.atomic
def stop(actor: Actor, *, key: UUID, row_id: UUID) -> None:
    """An approved erasure will not happen. One officer does this alone. Raises NotFound for none that waits."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=STOPPED, leads_to=row_id).earlier:
        return
    row = _waiting().filter(pk=row_id).first()
    if row is None:
        raise NotFound(act=STOPPED, subject_id=row_id)
    _stop(row, actor=actor, why=Erasure.Why.BY_HAND)


def end_open(patient_id: UUID, *, actor: Actor, why: Erasure.Why) -> None:
    """What was proposed or waits for this patient ends. In another act's transaction, acting as the system."""
    rows = Erasure.objects.select_for_update(no_key=True).filter(patient_id=patient_id, approved__isnull=True)
    for row in rows.filter(dropped__isnull=True):
        Erasure.objects.filter(pk=row.pk).update(dropped=Now())
        deciding.note(DROPPED, actor, row, reason=why)
    for row in _waiting().filter(patient_id=patient_id):
        _stop(row, actor=actor, why=why)


def come_due(row_id: UUID) -> Sequence[Announcement]:
    """The keys of the patient are destroyed, if nothing has come between. Called by the timer, in its transaction."""
    _lock_patient_of(row_id)
    row = _waiting().filter(pk=row_id).first()
    if row is None:
        return ()
    if not is_due(row.patient_id):
        _stop(row, actor=None, why=Erasure.Why.NOT_DUE)
        return ()
    destroyed = erasing.erase(row.patient_id)
    Erasure.objects.filter(pk=row.pk).update(erased=Now(), keys=destroyed)
    deciding.note(ERASED, None, row, detail={"keys": destroyed})
    return ()


def nothing_readable_from(row: Erasure) -> datetime | None:
    """When the last backup that was made before the keys went is too old to be kept; None while nothing is approved.

    True only where backups, copies of the write-ahead log included, are deleted when they are as old as the window.
    """
    begins = row.erased or row.due
    return begins + settings.BACKUP_WINDOW if begins else None


def _lock_patient_of(row_id: UUID) -> None:
    """The patient's row before the erasure's, as a hold takes them: the other way round the two wait in a circle."""
    of = Erasure.objects.filter(pk=row_id).values("patient_id")
    Patient.objects.select_for_update().filter(pk__in=of).first()


def _due_patient(patient_id: UUID, *, act: str) -> Patient:
    patient = Patient.objects.select_for_update(no_key=True).filter(pk=patient_id).first()
    if patient is None:
        raise NotFound(act=act, patient_id=patient_id)
    if not is_due(patient_id):
        words = _("This patient is not due: reload, and look at the holds and at how long records are kept.")
        raise Conflict(words, act=act, code="not_due", patient_id=patient_id)
    return patient


def _waiting() -> QuerySet[Erasure]:
    open_rows = Erasure.objects.select_for_update(no_key=True)
    return open_rows.filter(approved__isnull=False, stopped__isnull=True, erased__isnull=True)


def _stop(row: Erasure, *, actor: Actor | None, why: Erasure.Why) -> None:
    by = actor.person if actor else None
    Erasure.objects.filter(pk=row.pk).update(stopped=Now(), stopped_by=by, stopped_why=why)
    if actor:  # otherwise it is the timer itself that stops, and that ends it
        drop_timer(TIMER, row.pk)
    deciding.note(STOPPED, actor, row, reason=why)
