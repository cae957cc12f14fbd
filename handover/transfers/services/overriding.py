"""Overriding: a patient who has to leave although the gate is locked. A reason, a second person, and a review."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import directory
from accounts.actors import Actor
from accounts.models import Role
from handover.patients.acts import again
from handover.transfers import sealed
from handover.transfers.models import Override, Transfer
from handover.transfers.services.acts import Act, Held, hold_at_the_gate, opening, require
from handover.transfers.services.addresses import people_told
from ledger import services as ledger
from ledger.agents import Entity
from live.acting import acting_as_system
from live.inbox import Subject
from live.refusals import Conflict, Invalid, NotFound

REASON_CHARACTERS = 10


def request_override(
    actor: Actor, *, key: UUID, transfer_id: UUID, reason: str, is_emergency: bool = False
) -> Override:
    """The override that was asked for, with the locks it is to cover. An emergency needs no second person beforehand.

    Everybody on duty in the sender's unit learns of it, and so does the receiver. Raises NotFound, Denied for the
    receiving side, Conflict when the gate is open or an override stands, Invalid for a reason under ten characters.
    """
    with opening(actor, key=key, event="transfer.override_requested") as act:
        if act.earlier is not None:
            return again(act, Override.objects.filter(transfer_id=transfer_id))
        held = hold_at_the_gate(act, transfer_id)
        require(held, "override")
        if len(reason.strip()) < REASON_CHARACTERS:
            words = _("Say why the patient has to leave now, in a few words: ten characters at least.")
            raise Invalid(words, fields={"reason": words}, patient_id=held.handover.patient_id)
        row = Override(
            transfer=held.transfer,
            requested_by=actor.person,
            requested=act.now,
            locks=list(dict.fromkeys(lock.code for lock in held.gate or ())),
            is_emergency=is_emergency,
        )
        row.sealed_reason = sealed.seal_words(row, "sealed_reason", reason, patient_id=held.handover.patient_id)
        row.save(force_insert=True)
        act.tell("transfer.override_requested", _colleagues_and_receivers(act, held), Subject("override", row.pk))
        _conclude(act, held, row)
    return row


def approve_override(actor: Actor, *, key: UUID, override_id: UUID) -> Override:
    """The override, approved by a second clinician of the sender's side on their own device.

    Raises NotFound, Denied for whoever asked for it and for the receiving side, Conflict when none waits.
    """
    with opening(actor, key=key, event="transfer.override_approved") as act:
        if act.earlier is not None:
            return again(act, Override.objects.filter(pk=override_id))
        transfer_id = Override.objects.filter(pk=override_id).values_list("transfer_id", flat=True).first()
        if transfer_id is None:
            raise NotFound(subject_id=override_id)
        held = hold_at_the_gate(act, transfer_id)
        require(held, "approve")
        row = Override.objects.get(pk=override_id)
        if held.override is None or held.override.pk != row.pk or row.approved is not None:
            words = _("This override no longer waits: another one was asked for, or it was approved.")
            raise Conflict(words, code="not_waiting", subject_id=override_id, patient_id=held.handover.patient_id)
        row.second_person, row.approved = actor.person, act.now
        row.save(update_fields=["second_person", "approved"])
        people = [row.requested_by_id, *_colleagues_and_receivers(act, held)]
        act.tell("transfer.override_approved", people, Subject("override", row.pk))
        _conclude(act, held, row)
    return row


def review_override(actor: Actor, *, key: UUID, override_id: UUID, verdict: str, note: str = "") -> Override:
    """The override, judged afterwards by a compliance officer. `verdict` is a value of Override.Verdict.

    Those who asked and approved learn of it, and their unit reads it on the handover's page. Raises NotFound, for any
    other role too; Conflict when it was reviewed, or while the patient may still leave under it; Invalid without a
    verdict, or without a note where it is not plainly justified.
    """
    with opening(actor, key=key, event="transfer.override_reviewed") as act, acting_as_system("audit.review"):
        if act.earlier is not None:
            return again(act, Override.objects.filter(pk=override_id))
        row = _to_review(act, override_id)
        patient_id = row.transfer.patient_id
        row.reviewed_by, row.reviewed, row.verdict = actor.person, act.now, _verdict(verdict, note)
        if note.strip():
            row.sealed_review_note = sealed.seal_words(row, "sealed_review_note", note.strip(), patient_id=patient_id)
        row.save(update_fields=["reviewed_by", "reviewed", "verdict", "sealed_review_note"])
        ledger.record(
            "transfer.override_reviewed",
            agent=actor.agent,
            patient_id=patient_id,
            entity=Entity("override", row.pk),
            purpose="HOPERAT",
            detail={"locks": list(row.locks), "verdict": verdict},
        )
        act.settle(row.pk)
        act.tell("transfer.override_reviewed", [row.requested_by_id, row.second_person_id], Subject("override", row.pk))
        act.announce()
    return row


def _to_review(act: Act, override_id: UUID) -> Override:
    """The override under its lock, for an officer whose own it is not, once nobody can leave under it any more."""
    if act.actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(code="role", subject_id=override_id)
    rows = Override.objects.select_for_update(no_key=True, of=("self",)).select_related("transfer")
    others = rows.exclude(requested_by=act.actor.person).exclude(second_person=act.actor.person)
    row = others.filter(pk=override_id).first()
    if row is None:
        raise NotFound(subject_id=override_id)
    if row.reviewed is not None:
        raise Conflict(_("This override was reviewed already."), code="reviewed", subject_id=override_id)
    if row.transfer.status == Transfer.Status.PLANNED:
        words = _("The patient has not left yet. Review it when the move is over.")
        raise Conflict(words, code="not_over", subject_id=override_id)
    return row


def _verdict(verdict: str, note: str) -> str:
    fields = {}
    if verdict not in Override.Verdict.values:
        fields["verdict"] = _("Choose what you make of it.")
    elif verdict != Override.Verdict.JUSTIFIED and not note.strip():
        fields["note"] = _("Say why in a sentence: their unit reads it.")
    if fields:
        raise Invalid(fields=fields)
    return verdict


def _colleagues_and_receivers(act: Act, held: Held) -> Iterable[UUID]:
    here = directory.on_duty(held.handover.author_unit, at=act.now)
    colleagues = [person.pk for person in here if person.is_clinician]
    return [*colleagues, *held.senders, *people_told(held.handover)]


def _conclude(act: Act, held: Held, row: Override) -> None:
    detail: ledger.Detail = {"locks": list(row.locks), "emergency": int(row.is_emergency)}
    act.conclude(held, row.pk, entity=Entity("override", row.pk), detail=detail)
