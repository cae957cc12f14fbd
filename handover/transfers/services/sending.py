"""Sending: to whom, with which move, and what happens to those who had it when it is changed or taken back."""

from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.patients import access
from handover.patients.acts import again
from handover.patients.models import CareRelationship
from handover.patients.sealed import headline_of
from handover.patients.services import set_severity
from handover.transfers import sealed
from handover.transfers.documents import HandoverDocument, Ipass
from handover.transfers.models import Handover, HandoverVersion, Transfer
from handover.transfers.rules import quality
from handover.transfers.services import moves, responsibility
from handover.transfers.services.acts import Act, Held, about_version, hold, opening, require
from handover.transfers.services.addresses import (
    Address,
    Recipient,
    TransferPlan,
    address_for,
    door_to,
    people_now,
    people_told,
    require_received_there,
    shut_out,
    shut_receiver_out,
)
from handover.transfers.services.lapsing import keep_time
from handover.transfers.services.writing import Typed, with_severity_time, words_to_send, write_version
from ledger.services import Detail
from live.refusals import Conflict, Invalid


def send_handover(
    actor: Actor,
    *,
    key: UUID,
    handover_id: UUID,
    to: Recipient,
    transfer: TransferPlan | None = None,
    typed: Typed | None = None,
) -> HandoverVersion:
    """The version that was sent: the draft, or, of one that was sent or declined before, the same words anew.

    `typed` is what stands in the form of a draft, and is what is sent; of an act that is refused nothing is kept.
    Whoever it is addressed to may see the patient from now on. With `transfer` the move is planned, or planned anew.
    Raises NotFound; Denied for anybody but the author; Conflict when it was accepted, when the draft was changed
    elsewhere since it was typed on, when nobody would receive it, or when another move of the patient is under way;
    Invalid without severity, with a recipient that is not whole, or with one who does not work where the patient goes.
    """
    with opening(actor, key=key, event="handover.sent", leads_to=uuid4()) as act:
        if act.earlier is not None:
            return again(act, HandoverVersion.objects.filter(handover_id=handover_id))
        held = hold(act, handover_id)
        require(held, "send")
        ipass = words_to_send(act, held, typed)
        address = address_for(to, author_id=held.handover.author_id, now=act.now)
        told_before = people_told(held.handover)
        if held.handover.current is not None:
            shut_out(held.handover)
        version, document = write_version(act, held, ipass)
        _address(held.handover, address)
        if transfer is not None and transfer.is_move_from(held.handover.author_unit_id):
            moves.plan(act, held, transfer, to_unit=address.unit)
        elif held.handover.transfer is not None:
            require_received_there(held.handover, held.handover.transfer.to_unit_id)
        _send(act, held, document)
        act.tell("handover.sent", address.people, about_version(version), climbs_to=version.author_id)
        gone = [each for each in told_before if each not in address.people]
        act.tell("handover.withdrawn", gone, about_version(version))
        detail: Detail = {"number": version.number, "address": address.address, "recipients": len(address.people)}
        act.conclude(held, version.pk, detail=detail)
    return version


def edit_handover(actor: Actor, *, key: UUID, handover_id: UUID, ipass: Ipass, seen_version: int) -> HandoverVersion:
    """The new version of what was sent. It has to be read, said back and accepted anew by whoever had the old one.

    Raises NotFound; Denied for the receiving side; Conflict when `seen_version` is no longer the current one or the
    patient has left under the version that was accepted; Invalid without severity.
    """
    with opening(actor, key=key, event="handover.edited") as act:
        if act.earlier is not None:
            return again(act, HandoverVersion.objects.filter(handover_id=handover_id))
        held = hold(act, handover_id)
        require(held, "edit")
        if held.version.number != seen_version:
            words = _("A colleague has sent version %(number)s since you opened this. Read it, then change that one.")
            raise Conflict(
                words % {"number": held.version.number},
                code="old_version",
                subject_id=handover_id,
                patient_id=held.handover.patient_id,
            )
        before = sealed.document_of(held.version, patient_id=held.handover.patient_id).ipass
        return _send_new_version(act, held, with_severity_time(ipass, before=before, now=act.now))


def renew_handover(actor: Actor, *, key: UUID, handover_id: UUID) -> HandoverVersion:
    """The same words as a new version, with the summary as it is now: what unlocks a gate that vital signs have locked.

    Raises as edit_handover does.
    """
    with opening(actor, key=key, event="handover.edited") as act:
        if act.earlier is not None:
            return again(act, HandoverVersion.objects.filter(handover_id=handover_id))
        held = hold(act, handover_id)
        require(held, "renew")
        before = sealed.document_of(held.version, patient_id=held.handover.patient_id).ipass
        return _send_new_version(act, held, before)


def withdraw_handover(actor: Actor, *, key: UUID, handover_id: UUID) -> Handover:
    """The handover, taken back before anybody accepted it; a move that was planned with it is cancelled.

    Raises NotFound; Denied for the receiving side; Conflict when it was accepted or the patient has left.
    """
    with opening(actor, key=key, event="handover.withdrawn") as act:
        if act.earlier is not None:
            return again(act, Handover.objects.filter(pk=handover_id))
        held = hold(act, handover_id)
        require(held, "withdraw")
        handover, was_sent = held.handover, held.handover.status != Handover.Status.DRAFT
        told = people_told(handover)
        take_out_of_the_way(held)
        moves.let_author_go(act, held)
        if handover.transfer is not None:
            moves.close(act, held, Transfer.Status.CANCELLED)
            act.note(held, event="transfer.cancelled")
        if was_sent:
            act.tell("handover.withdrawn", [*told, handover.author_id], about_version(held.version))
        act.conclude(held, handover.pk)
    return handover


def take_out_of_the_way(held: Held) -> None:
    """The handover leads nowhere any more: withdrawn, and nobody sees the patient because of it."""
    handover = held.handover
    handover.status, handover.sealed_draft = Handover.Status.WITHDRAWN, None
    handover.save(update_fields=["status", "sealed_draft"])
    shut_out(handover)
    shut_receiver_out(handover)


def _send_new_version(act: Act, held: Held, ipass: Ipass) -> HandoverVersion:
    version, document = write_version(act, held, ipass)
    _send(act, held, document)
    keep_time(act, held)
    people = people_now(held.handover, now=act.now)
    act.tell("handover.edited", people, about_version(version), climbs_to=version.author_id)
    act.tell("handover.edited", [held.handover.author_id], about_version(version))
    act.conclude(held, version.pk, detail={"number": version.number, "recipients": len(people)})
    return version


def _address(handover: Handover, address: Address) -> None:
    handover.address = address.address
    handover.to_person, handover.to_unit = address.person, address.unit


def _send(act: Act, held: Held, document: HandoverDocument) -> None:
    """What sending and editing share once the version is written: status, doors, score, who has the patient."""
    handover, ipass = held.handover, document.ipass
    handover.status, handover.sent, handover.sealed_draft = Handover.Status.SENT, act.now, None
    handover.accepted_by = handover.accepted = None
    handover.declined_by = handover.declined = handover.sealed_decline_reason = None
    judged = quality(ipass, document.summary, now=act.now)
    handover.quality_score, handover.whole_parts = judged.score, list(judged.whole)
    handover.save()
    act.let_in(door_to(handover))
    reason = CareRelationship.Reason.HANDOVER_AUTHOR
    act.let_in(access.Door(handover.patient_id, reason, person_id=act.actor.person.pk, source_id=handover.pk))
    responsibility.take_if_nobody_has(act, held)
    _show_severity(act, held, ipass)


def _show_severity(act: Act, held: Held, ipass: Ipass) -> None:
    if ipass.illness_severity is None:
        raise Invalid(code="no_severity", patient_id=held.handover.patient_id)
    if headline_of(held.patient).severity_set != ipass.severity_set:
        set_severity(held.patient, severity=ipass.illness_severity, at=ipass.severity_set or act.now)
