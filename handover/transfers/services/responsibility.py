"""Who has the patient: one person at any time. Responsibility passes inside the act that passes it, never by itself."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person, Unit
from handover.patients import access
from handover.patients.acts import again
from handover.patients.models import CareRelationship, Patient
from handover.transfers import sealed
from handover.transfers.documents import Action
from handover.transfers.models import Handover, OpenAction, Responsibility
from handover.transfers.services.acts import Act, Held, opening
from ledger.agents import Entity
from live.inbox import Subject
from live.refusals import Conflict, Denied, Invalid, NotFound
from live.rows import columns, made
from live.statements import Statement

_RESPONSIBLE = CareRelationship.Reason.RESPONSIBLE


def take_patient(actor: Actor, *, key: UUID, patient_id: UUID) -> Responsibility:
    """The actor has this patient from now on, because nobody had.

    Raises NotFound; Denied unless they work in the unit where the patient is; Conflict when somebody has the patient:
    then it takes a handover.
    """
    with opening(actor, key=key, event="responsibility.passed") as act:
        if act.earlier is not None:
            return again(act, Responsibility.objects.filter(patient_id=patient_id))
        granted = access.patient_for(actor, patient_id, act=act.event)
        unit_id = granted.relationship.unit_id
        if unit_id is None or granted.relationship.reason != CareRelationship.Reason.UNIT_HAS_PATIENT:
            words = _("Only somebody of the unit where the patient is may take them.")
            raise Denied(words, code="not_their_unit", patient_id=patient_id)
        # Two who take the same patient, or one who takes and one who accepts, queue here.
        Patient.objects.select_for_update(no_key=True).values_list("pk").get(pk=patient_id)
        if current(patient_id) is not None:
            words = _("Somebody has this patient already. They can hand the patient over to you.")
            raise Conflict(words, code="already_held", patient_id=patient_id)
        row = _open(act, patient_id, actor.person.pk, unit_id, handover=None, since=act.now)
        _record(act, patient_id, before=None, after=row, relationship_id=granted.relationship.pk)
        act.settle(row.pk)
    return row


def finish_action(actor: Actor, *, key: UUID, action_id: UUID) -> OpenAction:
    """The action is done, by whoever may see its patient. Raises NotFound, and Conflict when it no longer waits."""
    with opening(actor, key=key, event="action.done") as act:
        if act.earlier is not None:
            return again(act, OpenAction.objects.filter(pk=action_id))
        row = OpenAction.objects.select_for_update(no_key=True).filter(pk=action_id).first()
        if row is None:
            raise NotFound(subject_id=action_id)
        granted = access.patient_for(actor, row.patient_id, act=act.event)
        if row.done is not None or row.dropped is not None:
            words = _("This action no longer waits: it was done, or taken off the list.")
            raise Conflict(words, code="not_open", subject_id=action_id, patient_id=row.patient_id)
        row.done, row.done_by = act.now, actor.person
        row.save(update_fields=["done", "done_by"])
        act.record(
            "action.done",
            patient_id=row.patient_id,
            entity=Entity("action", row.pk),
            relationship_id=granted.relationship.pk,
        )
        act.settle(row.pk)
        act.tell("action.done", [row.owner_id], Subject("action", row.pk))
    return row


# Parts of other acts, inside their transactions


def current(patient_id: UUID) -> Responsibility | None:
    """Who has the patient now, or None when nobody has taken them yet."""
    return Responsibility.objects.filter(patient_id=patient_id, until__isnull=True).select_related("person").first()


def pass_to(act: Act, held: Held, *, person: Person, unit: Unit | None, through: Handover | None) -> None:
    """The person has the patient from now on, with every open action; nothing changes when they have, through the same.

    `unit` None: the unit that the patient is handed over from. `through` None: not by a handover.
    """
    handover = held.handover
    before = current(handover.patient_id)
    # Never before it began, whatever two servers' clocks say.
    moment = max(act.now, before.since) if before is not None else act.now
    if before is not None:
        if before.person_id == person.pk and before.handover_id == (through.pk if through else None):
            return
        before.until = moment
        before.save(update_fields=["until"])
        access.end(handover.patient_id, reason=_RESPONSIBLE, person_id=before.person_id)
    unit_id = unit.pk if unit else handover.author_unit_id
    row = _open(act, handover.patient_id, person.pk, unit_id, handover=through, since=moment)
    waiting = OpenAction.objects.filter(patient_id=handover.patient_id, done__isnull=True, dropped__isnull=True)
    waiting.update(owner=person)
    _record(act, handover.patient_id, before=before, after=row, relationship_id=held.relationship.pk)


# One person has a patient at any time: where somebody does, the row of the other is not made.
_TAKE = Statement(f"""
INSERT INTO transfers_responsibility AS r (id, patient_id, person_id, unit_id, since) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (patient_id) WHERE until IS NULL DO NOTHING RETURNING {columns(Responsibility, "r")}
""")  # noqa: S608 -- the names of columns


def take_if_nobody_has(act: Act, held: Held) -> None:
    """Whoever hands a patient over has them: when nobody is on record, the author is from now on."""
    handover = held.handover
    taken = _TAKE.first([uuid4(), handover.patient_id, handover.author_id, handover.author_unit_id, act.now])
    if taken is not None:
        row = made(Responsibility, taken)
        _let_in(act, row)
        _record(act, handover.patient_id, before=None, after=row, relationship_id=held.relationship.pk)


def take_back(act: Act, held: Held, *, person: Person) -> None:
    """The patient stays where they came from: if somebody has them through this handover, `person` has them instead."""
    if held.standing.holder:
        pass_to(act, held, person=person, unit=None, through=None)


def add_action(act_at: datetime, patient_id: UUID, action: Action, *, owner: Person) -> OpenAction:
    """A new open action that comes from no handover: it travels with the patient, and stands in the next one.

    In the caller's act, which has let the owner see the patient. Raises Invalid when its time is over.
    """
    if action.by_when is not None and action.by_when <= act_at:
        raise Invalid(fields={"by_when": _("Choose a time that is still to come.")}, patient_id=patient_id)
    row = OpenAction(id=action.id, patient_id=patient_id, owner=owner, due=action.by_when)
    row.sealed = sealed.seal_in(row, "sealed", action, patient_id=patient_id)
    row.save(force_insert=True)
    return row


def take_over_actions(act: Act, held: Held, actions: Iterable[Action], *, owner: Person) -> None:
    """Each line of the accepted action list is an open action of its new owner; one that an edit left out is dropped.

    A line keeps its id from one handover to the next, so the same action is one row for as long as it is open. Raises
    Invalid for an id that belongs to another patient's action.
    """
    handover, listed = held.handover, {action.id: action for action in actions}
    known = {row.pk: row for row in OpenAction.objects.select_for_update(no_key=True).filter(pk__in=listed)}
    for action_id, action in listed.items():
        row = known.get(action_id)
        if row is not None and row.patient_id != handover.patient_id:
            raise Invalid(code="action_of_another", subject_id=handover.pk, patient_id=handover.patient_id)
        if row is None or row.done is None:
            _keep_action(handover, action, owner=owner)
    left_out = OpenAction.objects.filter(handover=handover, done__isnull=True, dropped__isnull=True)
    left_out.exclude(pk__in=listed).update(dropped=act.now)


def _keep_action(handover: Handover, action: Action, *, owner: Person) -> None:
    row = OpenAction(id=action.id, patient_id=handover.patient_id, handover=handover, owner=owner, due=action.by_when)
    row.sealed = sealed.seal_in(row, "sealed", action, patient_id=handover.patient_id)
    OpenAction.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["handover", "owner", "sealed", "due", "dropped"],
    )


def _open(
    act: Act, patient_id: UUID, person_id: UUID, unit_id: UUID, *, handover: Handover | None, since: datetime
) -> Responsibility:
    row = Responsibility.objects.create(
        patient_id=patient_id, person_id=person_id, unit_id=unit_id, handover=handover, since=since
    )
    _let_in(act, row)
    return row


def _let_in(act: Act, row: Responsibility) -> None:
    source_id = row.handover_id or row.pk
    act.let_in(access.Door(row.patient_id, _RESPONSIBLE, person_id=row.person_id, source_id=source_id))


def _record(
    act: Act, patient_id: UUID, *, before: Responsibility | None, after: Responsibility, relationship_id: UUID
) -> None:
    act.record(
        "responsibility.passed",
        patient_id=patient_id,
        entity=Entity("responsibility", after.pk),
        relationship_id=relationship_id,
        detail={"from": str(before.person_id) if before else "nobody", "to": str(after.person_id)},
    )
