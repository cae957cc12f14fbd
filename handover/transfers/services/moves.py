"""The move itself: planned, departed through the gate, arrived, cancelled, returned; and what travels with them."""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import directory
from accounts.actors import Actor
from accounts.models import Unit
from handover.patients.acts import again
from handover.patients.mistaken import require_year_of_birth
from handover.patients.models import CareRelationship
from handover.patients.services import move_patient
from handover.transfers import facts, sealed
from handover.transfers.documents import TransferDetails
from handover.transfers.models import ChecklistItem, Handover, Transfer
from handover.transfers.rules import CHECKLIST, has_ended
from handover.transfers.services import responsibility
from handover.transfers.services.acts import (
    Act,
    Held,
    about_transfer,
    hold,
    hold_at_the_gate,
    hold_by_transfer,
    opening,
    require,
)
from handover.transfers.services.addresses import (
    TransferPlan,
    door_to_unit,
    people_told,
    require_received_there,
    shut_out,
    shut_receiver_out,
    shut_unit_out,
)
from handover.transfers.services.lapsing import keep_time
from ledger.agents import Entity
from live.refusals import Conflict, Invalid, NotFound
from live.statements import Statement

# The author still finds what they handed over for a day after the patient came.
AUTHOR_LOOKS_BACK = timedelta(hours=24)


def plan_transfer(actor: Actor, *, key: UUID, handover_id: UUID, plan: TransferPlan) -> Transfer:
    """The move that belongs to a handover that was sent, planned or planned anew.

    The unit it goes to may see the patient from now on. Raises NotFound; Denied for the receiving side; Conflict when
    the patient has left, is not in the author's unit, or is on another move already; Invalid for the same unit, and for
    one where nobody whom the handover went to works.
    """
    with opening(actor, key=key, event="transfer.planned") as act:
        if act.earlier is not None:
            of_patient = Handover.objects.filter(pk=handover_id).values("patient")
            return again(act, Transfer.objects.filter(patient__in=of_patient))
        held = hold(act, handover_id)
        require(held, "plan")
        before = held.handover.transfer
        # One that was declined is sent again first, and that asks it; so is one whose destination stays.
        if held.handover.status != Handover.Status.DECLINED and (
            before is None or before.to_unit_id != plan.to_unit_id
        ):
            require_received_there(held.handover, plan.to_unit_id)
        transfer = _planned(act, held, plan)
        held.handover.save(update_fields=["transfer"])
        if before is None:
            keep_time(act, held)
        act.tell("transfer.planned", [*people_told(held.handover), *held.senders], about_transfer(transfer))
        act.conclude(held, transfer.pk, entity=Entity("transfer", transfer.pk))
    return transfer


def set_checklist_item(
    actor: Actor, *, key: UUID, transfer_id: UUID, code: str, state: str, reason: str = ""
) -> ChecklistItem:
    """The item as it was answered. `state` is a value of ChecklistItem.State; "missing" needs a reason.

    Raises NotFound, Denied for the receiving side, Conflict once the patient has left, Invalid.
    """
    with opening(actor, key=key, event="transfer.checklist_set") as act:
        if act.earlier is not None:
            return again(act, ChecklistItem.objects.filter(transfer_id=transfer_id, code=code))
        held = hold_by_transfer(act, transfer_id)
        require(held, "set_checklist")
        item = ChecklistItem.objects.filter(transfer_id=transfer_id, code=code).first()
        if item is None:
            raise NotFound(subject_id=transfer_id, patient_id=held.handover.patient_id)
        _answer(act, held, item, state=state, reason=reason.strip())
        people = [*people_told(held.handover), *held.senders]
        act.tell("transfer.checklist_set", people, about_transfer(held.transfer))
        act.conclude(held, item.pk, entity=Entity("transfer", transfer_id), detail={"item": code, "state": state})
    return item


def depart(actor: Actor, *, key: UUID, transfer_id: UUID, year_of_birth: str = "") -> Transfer:
    """The patient leaves: through an open gate, or under an override that covers every lock there is.

    Raises NotFound, Denied for the receiving side, Conflict with every reason that locks the gate, and Invalid where
    the patient is easily taken for another and the year of birth was not typed (handover/patients/mistaken.py).
    """
    with opening(actor, key=key, event="transfer.departed") as act:
        if act.earlier is not None:
            return again(act, Transfer.objects.filter(pk=transfer_id))
        held = hold_at_the_gate(act, transfer_id)
        if held.standing.transfer == Transfer.Status.PLANNED:
            _require_gate(act, held)
        require(held, "depart")
        require_year_of_birth(actor, held.handover.patient_id, year_of_birth, act=act.event)
        transfer = held.transfer
        transfer.status, transfer.departed, transfer.departed_by = Transfer.Status.DEPARTED, act.now, actor.person
        transfer.departed_under = held.override if held.gate else None
        transfer.save(update_fields=["status", "departed", "departed_by", "departed_under"])
        keep_time(act, held)
        act.tell("transfer.departed", _both_sides(act, held), about_transfer(transfer))
        codes = [reason.code for reason in held.gate or ()]
        detail = {"gate": "override" if codes else "open", "locks": codes}
        act.conclude(held, transfer.pk, entity=Entity("transfer", transfer.pk), detail=detail)
    return transfer


def arrive(actor: Actor, *, key: UUID, transfer_id: UUID) -> Transfer:
    """The patient is here: their stay is in this unit from now on, and the unit they left no longer sees them.

    Raises NotFound, Denied for anybody but the unit they go to, Conflict unless they are on the way.
    """
    with opening(actor, key=key, event="transfer.arrived") as act:
        if act.earlier is not None:
            return again(act, Transfer.objects.filter(pk=transfer_id))
        held = hold_by_transfer(act, transfer_id)
        require(held, "arrive")
        transfer = held.transfer
        people = _both_sides(act, held)
        transfer.status, transfer.arrived, transfer.arrived_by = Transfer.Status.ARRIVED, act.now, actor.person
        transfer.save(update_fields=["status", "arrived", "arrived_by"])
        move_patient(held.patient, to_unit=transfer.to_unit, bed=sealed.details_of(transfer).to_bed)
        shut_unit_out(transfer)
        if held.handover.status == Handover.Status.ACCEPTED:
            shut_out(held.handover)
            let_author_go(act, held)
        act.tell("transfer.arrived", people, about_transfer(transfer))
        act.conclude(held, transfer.pk, entity=Entity("transfer", transfer.pk))
    return transfer


def cancel_transfer(actor: Actor, *, key: UUID, transfer_id: UUID) -> Transfer:
    """The patient does not go. The handover is withdrawn with it; who cancels has the patient, if the receiver had.

    Raises NotFound, Denied for the receiving side, Conflict once the patient has left.
    """
    return _stay(actor, key=key, transfer_id=transfer_id, event="transfer.cancelled")


def return_patient(actor: Actor, *, key: UUID, transfer_id: UUID) -> Transfer:
    """The patient came back before they arrived. Who records it has the patient, if the receiver had.

    Raises NotFound, Denied for the receiving side, Conflict unless the patient is on the way.
    """
    return _stay(actor, key=key, transfer_id=transfer_id, event="transfer.returned")


# Parts of other acts


def plan(act: Act, held: Held, wanted: TransferPlan, *, to_unit: Unit | None) -> Transfer:
    """The move, planned with the act that sends the handover, which is addressed. The caller saves the handover."""
    require_received_there(held.handover, wanted.to_unit_id)
    transfer = _planned(act, held, wanted, to_unit)
    act.note(held, event="transfer.planned", entity=Entity("transfer", transfer.pk))
    return transfer


def close(act: Act, held: Held, status: Transfer.Status) -> None:
    """The move ends without arriving."""
    transfer = held.transfer
    transfer.status, transfer.closed, transfer.closed_by = status, act.now, act.actor.person
    transfer.save(update_fields=["status", "closed", "closed_by"])
    shut_unit_out(transfer)


def let_author_go(act: Act, held: Held) -> None:
    """Those who wrote it see the patient by it for one more day."""
    rows = CareRelationship.objects.filter(source_id=held.handover.pk, ends__isnull=True)
    reason = CareRelationship.Reason.HANDOVER_AUTHOR
    rows.filter(patient_id=held.handover.patient_id, reason=reason).update(ends=act.now + AUTHOR_LOOKS_BACK)


def _stay(actor: Actor, *, key: UUID, transfer_id: UUID, event: str) -> Transfer:
    with opening(actor, key=key, event=event) as act:
        if act.earlier is not None:
            return again(act, Transfer.objects.filter(pk=transfer_id))
        held = hold_by_transfer(act, transfer_id)
        is_cancelled = event == "transfer.cancelled"
        require(held, "cancel" if is_cancelled else "return")
        people = _both_sides(act, held)
        close(act, held, Transfer.Status.CANCELLED if is_cancelled else Transfer.Status.RETURNED)
        responsibility.take_back(act, held, person=actor.person)
        if is_cancelled or held.handover.status != Handover.Status.ACCEPTED:
            held.handover.status = Handover.Status.WITHDRAWN
            held.handover.save(update_fields=["status"])
            act.note(held, event="handover.withdrawn")
        shut_out(held.handover)
        shut_receiver_out(held.handover)
        let_author_go(act, held)
        keep_time(act, held)
        act.tell(event, people, about_transfer(held.transfer))
        act.conclude(held, transfer_id, entity=Entity("transfer", transfer_id))
    return held.transfer


def _planned(act: Act, held: Held, wanted: TransferPlan, known: Unit | None = None) -> Transfer:
    handover = held.handover
    to_unit = _destination(held, wanted, known)
    transfer = handover.transfer or Transfer(patient=held.patient, planned_by=act.actor.person, planned=act.now)
    if handover.transfer is not None:
        shut_unit_out(handover.transfer)
    transfer.from_unit_id, transfer.to_unit = handover.author_unit_id, to_unit
    transfer.expected_departure = wanted.expected_departure
    details = TransferDetails(to_bed=wanted.to_bed)
    transfer.sealed_details = sealed.seal_in(transfer, "sealed_details", details, patient_id=handover.patient_id)
    transfer.save()
    codes, required = [each.code for each in CHECKLIST], [each.is_required for each in CHECKLIST]
    _LIST.run([transfer.pk, ChecklistItem.State.OPEN.value, codes, required])
    handover.transfer = transfer
    act.let_in(door_to_unit(transfer))
    return transfer


# What must travel, once for each move: a line that is there stays as it was answered.
_LIST = Statement("""
INSERT INTO transfers_checklistitem (id, transfer_id, state, code, is_required)
SELECT gen_random_uuid(), %s::uuid, %s::text, line.* FROM unnest(%s::text[], %s::boolean[]) AS line
ON CONFLICT (transfer_id, code) DO NOTHING
""")
# The unit that has the patient, and whether another move of theirs is under way.
_WHERE = Statement("""
SELECT (SELECT e.unit_id FROM patients_encounter e WHERE e.patient_id = %(patient)s AND e.status = 'active'),
    EXISTS (SELECT FROM transfers_transfer t WHERE t.patient_id = %(patient)s
        AND t.status IN ('planned', 'departed') AND t.id IS DISTINCT FROM %(own)s)
""")


def _destination(held: Held, wanted: TransferPlan, known: Unit | None) -> Unit:
    """The unit the patient is to go to. What the database would refuse is refused here in words."""
    handover = held.handover
    is_known = known is not None and known.pk == wanted.to_unit_id
    to_unit = known if is_known else Unit.objects.filter(pk=wanted.to_unit_id).first()
    if to_unit is None or to_unit.pk == handover.author_unit_id:
        raise Invalid(fields={"to_unit": _("Choose the unit the patient goes to: another one than yours.")})
    unit_id, is_on_another = _WHERE.only({"patient": handover.patient_id, "own": handover.transfer_id})
    if unit_id != handover.author_unit_id:
        words = _("The patient is not in %(unit)s, so nobody can move them from there.")
        raise _refused(held, words % {"unit": handover.author_unit.name}, "not_here")
    if is_on_another:
        words = _("Another transfer of this patient is under way. Cancel that one first, or send without a transfer.")
        raise _refused(held, words, "other_transfer")
    return to_unit


def _answer(act: Act, held: Held, item: ChecklistItem, *, state: str, reason: str) -> None:
    if state not in ChecklistItem.State.values:
        raise Invalid(fields={"state": _("Choose attached, not applicable or missing.")})
    is_missing = state == ChecklistItem.State.MISSING
    if is_missing and not reason:
        raise Invalid(fields={"reason": _("Say why it is missing, so that the receiver can plan for it.")})
    item.state, item.set_by, item.set_at = state, act.actor.person, act.now
    item.sealed_reason = (
        sealed.seal_words(item, "sealed_reason", reason, patient_id=held.handover.patient_id) if is_missing else None
    )
    item.save(update_fields=["state", "set_by", "set_at", "sealed_reason"])


def _require_gate(act: Act, held: Held) -> None:
    """Raises Conflict with every reason, unless an override covers them."""
    reasons = held.gate or ()
    if not reasons or held.standing.override == "usable" or not held.standing.is_sender:
        return
    words = _("The gate is locked. %(reasons)s.") % {"reasons": ". ".join(reason.words for reason in reasons)}
    asked = facts.asked_of(held.override) if held.override else None
    if asked is not None and has_ended(asked, now=act.now):
        since = _("The emergency override has ended: it stands for one hour. Ask again if they must leave. %(words)s")
        words = since % {"words": words}
    elif asked is not None and asked.is_approved:
        since = _("Something came after the override was approved, so it no longer covers it. %(words)s")
        words = since % {"words": words}
    raise _refused(held, words, "gate_locked")


def _both_sides(act: Act, held: Held) -> list[UUID]:
    """Everybody who had the handover, those who sent it, and who is on duty where the patient goes."""
    there = directory.on_duty(held.transfer.to_unit, at=act.now)
    waiting = [person.pk for person in there if person.is_clinician]
    holder = responsibility.current(held.handover.patient_id)
    return [*people_told(held.handover), *held.senders, *waiting, *([holder.person_id] if holder else [])]


def _refused(held: Held, words: str, code: str) -> Conflict:
    return Conflict(words, code=code, subject_id=held.handover.pk, patient_id=held.handover.patient_id)
