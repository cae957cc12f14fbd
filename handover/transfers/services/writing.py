"""Writing: a draft that is pre-filled and saved as it is typed, and the version that is made of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts import directory
from accounts.actors import Actor
from handover.patients import access
from handover.patients.acts import again
from handover.patients.models import CareRelationship, Patient
from handover.patients.sealed import summary_of
from handover.transfers import facts, sealed
from handover.transfers.documents import DraftAddress, HandoverDocument, Ipass
from handover.transfers.models import Handover, HandoverVersion, OpenAction
from handover.transfers.rules import unchanged_parts
from handover.transfers.rules.prefill import Known, prefilled
from handover.transfers.services.acts import Act, Held, hold, opening, require
from ledger import services as ledger
from ledger.agents import Entity
from live.refusals import Conflict, Denied, Invalid


@dataclass(frozen=True)
class Typed:
    """What stands in the writing form: the words, and the revision of the draft that they were typed on."""

    ipass: Ipass
    revision: int


def draft_handover(actor: Actor, *, key: UUID, patient_id: UUID) -> Handover:
    """The actor's draft for this patient: the one they have, else a new one, filled from what is known.

    Taken over from the patient's last accepted handover, with the actions that are still open; else from the summary.
    Severity is not taken over. Raises NotFound, and Denied for somebody without a unit of their own.
    """
    with opening(actor, key=key, event="handover.drafted") as act:
        if act.earlier is not None:
            return again(act, Handover.objects.filter(patient_id=patient_id))
        granted = access.patient_for(actor, patient_id, act=act.event)
        mine = Handover.objects.filter(patient_id=patient_id, author=actor.person, status=Handover.Status.DRAFT)
        handover = mine.order_by("-created").first()
        if handover is None:
            handover = _new_draft(actor, granted, now=act.now)
        ledger.record(
            "handover.drafted",
            agent=actor.agent,
            patient_id=patient_id,
            entity=Entity("handover", handover.pk),
            relationship_id=granted.relationship.pk,
        )
        act.settle(handover.pk)
    return handover


def save_draft(
    actor: Actor,
    *,
    key: UUID | None,
    handover_id: UUID,
    ipass: Ipass,
    revision: int,
    address: DraftAddress | None = None,
) -> int:
    """The draft's new revision. `revision` is the one that was typed on; without `address` the chosen receiver stays.

    Raises Conflict when another tab or device has saved meanwhile: nothing of either is lost, since this one has not
    been written over that one. The same key again gives the revision that it gave the first time.
    """
    with opening(actor, key=key, event="handover.draft_saved") as act:
        if act.earlier is not None:
            return revision + 1
        held = hold(act, handover_id)
        require(held, "save_draft")
        handover = held.handover
        _require_revision(handover, revision)
        draft = with_severity_time(ipass, before=sealed.draft_of(handover), now=act.now)
        chosen = sealed.draft_address_of(handover) if address is None else address
        handover.sealed_draft = sealed.seal_draft(handover, draft, address=chosen, patient_id=handover.patient_id)
        handover.draft_revision = revision + 1
        handover.save(update_fields=["sealed_draft", "draft_revision"])
        act.settle(handover.pk)
    return revision + 1


# Parts of other acts


def words_to_send(act: Act, held: Held, typed: Typed | None) -> Ipass:
    """What was typed last, else the draft; of a handover that was sent or declined before, its words.

    Raises Conflict when other words were saved or sent on another device or tab meanwhile: none are dropped unsaid.
    """
    draft = sealed.draft_of(held.handover)
    if draft is None:
        sent = sealed.document_of(held.version, patient_id=held.handover.patient_id).ipass
        if typed is not None and with_severity_time(typed.ipass, before=sent, now=act.now) != sent:
            words = _("This handover was sent already, in other words. Change what was sent instead.")
            raise Conflict(words, code="sent_already", subject_id=held.handover.pk, patient_id=held.handover.patient_id)
        return sent
    if typed is None:
        return draft
    ipass = with_severity_time(typed.ipass, before=draft, now=act.now)
    if ipass != draft:
        _require_revision(held.handover, typed.revision)
    return ipass


def write_version(act: Act, held: Held, ipass: Ipass) -> tuple[HandoverVersion, HandoverDocument]:
    """The next version, sealed with the summary as it stands, and current from now on. The caller saves the handover.

    Raises Invalid when the severity is not set.
    """
    handover = held.handover
    if ipass.illness_severity is None:
        words = _("Say how ill the patient is now: stable, watcher or unstable.")
        raise Invalid(words, fields={"illness_severity": words}, code="no_severity", patient_id=handover.patient_id)
    number, summary = summary_of(held.patient)
    version = HandoverVersion(
        id=act.leads_to or uuid4(), handover=handover, number=_next_number(handover), author=act.actor.person
    )
    document = HandoverDocument(
        handover_id=handover.pk,
        patient_id=handover.patient_id,
        number=version.number,
        written=act.now,
        author=act.actor.person.display_name,
        ipass=ipass,
        summary=summary,
        summary_number=number,
        unchanged=unchanged_parts(_ipass_before(handover), ipass),
    )
    version.sealed, version.digest = sealed.seal_version(version, document)
    version.recorded = act.now
    version.save(force_insert=True)
    handover.current = version
    return version, document


def with_severity_time(ipass: Ipass, *, before: Ipass | None, now: datetime) -> Ipass:
    """The time of the severity is when it was set or set anew, by this house's clock and not by the browser's."""
    is_same = before is not None and before.illness_severity == ipass.illness_severity
    if ipass.illness_severity is None:
        moment = None
    else:
        moment = before.severity_set if before is not None and is_same and before.severity_set else now
    return ipass.model_copy(update={"severity_set": moment})


def _new_draft(actor: Actor, granted: access.Granted, *, now: datetime) -> Handover:
    patient = granted.patient
    handover = Handover(
        patient=patient, author=actor.person, author_unit_id=_unit_of(actor, granted), created=now, draft_revision=1
    )
    ipass = prefilled(_known(actor, patient, beside=handover.pk))
    handover.sealed_draft = sealed.seal_draft(handover, ipass, address=DraftAddress(), patient_id=patient.pk)
    handover.save(force_insert=True)
    return handover


def _unit_of(actor: Actor, granted: access.Granted) -> UUID:
    """From where the patient is handed over: the unit that has them, when the actor works there, else the actor's."""
    if granted.relationship.reason == CareRelationship.Reason.UNIT_HAS_PATIENT and granted.relationship.unit_id:
        return granted.relationship.unit_id
    units = [actor.unit_id] if actor.unit_id else [unit.pk for unit in directory.units_of(actor.person)]
    if not units:
        words = _("You belong to no unit, so nobody would know where to call back. Choose your unit first.")
        raise Denied(words, code="no_unit", patient_id=granted.patient.pk)
    return units[0]


def _known(actor: Actor, patient: Patient, *, beside: UUID) -> Known:
    before = facts.last_accepted(patient.pk, beside=beside)
    actions = list(OpenAction.objects.filter(patient=patient, dropped__isnull=True).order_by("due", "pk"))
    return Known(
        patient_id=patient.pk,
        before=sealed.document_of(before, patient_id=patient.pk).ipass if before else None,
        open_actions=tuple(sealed.action_of(row) for row in actions if row.done is None),
        finished=frozenset(row.pk for row in actions if row.done is not None),
        summary=summary_of(patient)[1],
        call_back=actor.person.phone,
    )


def _require_revision(handover: Handover, revision: int) -> None:
    if handover.draft_revision != revision:
        words = _("This draft was changed on another device or tab. Copy what you typed here, then reload.")
        raise Conflict(words, code="draft_moved_on", subject_id=handover.pk, patient_id=handover.patient_id)


def _next_number(handover: Handover) -> int:
    return handover.current.number + 1 if handover.current else 1


def _ipass_before(handover: Handover) -> Ipass | None:
    """What the patient's last handover before this one said."""
    before = facts.last_accepted(handover.patient_id, beside=handover.pk)
    return sealed.document_of(before, patient_id=handover.patient_id).ipass if before else None
