"""Legal hold: one act of one officer keeps a patient from being erased; two lift it. docs/retention.md."""

from typing import Literal
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from audit.retention import deciding, erasures, notices
from audit.retention.models import Erasure, LegalHold, Lifting
from audit.selectors import patients_with_record_number, require_officer
from handover.patients.documents import Document, RequiredLine, Text
from handover.patients.models import Patient
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.acting import acting_as_system
from live.refusals import Conflict, Invalid, NotFound
from vault.documents import seal_document, unseal_document
from vault.errors import KeyDestroyed
from vault.services import Place, Scope

PLACED, LIFT_ASKED, LIFTED, LIFT_DROPPED = "hold.placed", "hold.lift_asked", "hold.lifted", "hold.lift_dropped"
CASE_CHARACTERS, REASON_CHARACTERS = 300, 2000


class Words(Document):
    """The case that asks for a hold, and why. Both may name people: they are sealed under the patient's key."""

    schema_version: Literal[1] = 1
    case: RequiredLine
    reason: Text


@acting_as_system("retention.hold")
@transaction.atomic
def place(actor: Actor, *, key: UUID, record_number: str, case: str, reason: str) -> None:
    """From now on nothing of this patient is erased; an erasure that was asked for or waits is stopped by it.

    One officer does this alone: it takes nothing away. Raises NotFound to others, Invalid in words for nobody's number,
    and without a case and a reason; Conflict for a patient who was erased while this waited.
    """
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=PLACED, leads_to=actor.person.pk).earlier:
        return
    _require_words(case, reason)
    found = patients_with_record_number(actor, record_number) if record_number.strip() else []
    if not found:
        words = _("No patient has this record number. Compare it with where you have it from.")
        raise Invalid(fields={"record_number": words}, act=PLACED, code="nobody")
    # A number that several hospitals have given: holding one too many takes nothing away.
    for patient in Patient.objects.select_for_update(no_key=True).filter(pk__in=found).order_by("pk"):
        _place(actor, patient, Words(case=case.strip(), reason=reason.strip()))


@acting_as_system("retention.hold")
@transaction.atomic
def ask_to_lift(actor: Actor, *, key: UUID, hold_id: UUID) -> None:
    """That the hold be lifted waits for a second officer. Raises NotFound for none that stands, Conflict when asked."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=LIFT_ASKED, leads_to=hold_id).earlier:
        return
    hold = LegalHold.objects.select_for_update(no_key=True).filter(pk=hold_id, lifted__isnull=True).first()
    if hold is None:
        raise NotFound(act=LIFT_ASKED, subject_id=hold_id)
    row = deciding.ask(Lifting(hold=hold, asked_by=actor.person), act=LIFT_ASKED)
    deciding.note(LIFT_ASKED, actor, row)
    notices.tell(LIFT_ASKED, row)


@acting_as_system("retention.hold")
@transaction.atomic
def lift(actor: Actor, *, key: UUID, row_id: UUID) -> None:
    """The hold stands no longer. Raises as deciding.to_approve does."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=LIFTED, leads_to=row_id).earlier:
        return
    row = deciding.to_approve(actor, Lifting, row_id, act=LIFTED)
    Lifting.objects.filter(pk=row.pk).update(approved=Now(), approved_by=actor.person)
    LegalHold.objects.filter(pk=row.hold_id).update(lifted=Now())
    deciding.note(LIFTED, actor, row)


@acting_as_system("retention.hold")
@transaction.atomic
def drop_lifting(actor: Actor, *, key: UUID, row_id: UUID) -> None:
    """The hold stays. Raises NotFound for no lifting that waits."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=LIFT_DROPPED, leads_to=row_id).earlier:
        return
    row = deciding.waiting(Lifting, row_id, act=LIFT_DROPPED)
    Lifting.objects.filter(pk=row.pk).update(dropped=Now())
    deciding.note(LIFT_DROPPED, actor, row)


def words_of(hold: LegalHold) -> Words:
    """The case and the reason. Not audited: the caller has recorded it. Raises VaultError when they do not open."""
    return unseal_document(Words, hold.sealed_words, scope=Scope.patient(hold.patient_id), place=_place_of(hold.pk))


def _require_words(case: str, reason: str) -> None:
    wrong = {}
    if not case.strip() or len(case) > CASE_CHARACTERS:
        wrong["case"] = _("Name the case, as the court or the lawyer does.")
    if not reason.strip() or len(reason) > REASON_CHARACTERS:
        wrong["reason"] = _("Say why, for whoever lifts it one day.")
    if wrong:
        raise Invalid(fields=wrong, act=PLACED)


def _place(actor: Actor, patient: Patient, words: Words) -> None:
    hold_id = uuid4()
    try:
        sealed = seal_document(words, scope=Scope.patient(patient.pk), place=_place_of(hold_id))
        with transaction.atomic():
            LegalHold.objects.create(id=hold_id, patient=patient, sealed_words=sealed, placed_by=actor.person)
    except (KeyDestroyed, IntegrityError) as exc:
        # An erasure was committed while this waited for the row; the trigger says it where a key is cached still.
        if isinstance(exc, IntegrityError) and "nothing is left" not in str(exc):
            raise
        told = _("This patient was erased in this moment, so nothing is left to hold. Tell whoever asked for the hold.")
        raise Conflict(told, code="erased", act=PLACED, patient_id=patient.pk) from exc
    record(PLACED, agent=actor.agent, patient_id=patient.pk, entity=Entity("legalhold", hold_id), purpose="HOPERAT")
    erasures.end_open(patient.pk, actor=actor, why=Erasure.Why.HELD)


def _place_of(hold_id: UUID) -> Place:
    return Place(model="retention.LegalHold", field="sealed_words", row=hold_id)
