"""What whoever was written to does: owns it, passes it on, says that it is not theirs, is done; or makes it a task."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from pydantic import ValidationError

from accounts.actors import Actor
from handover.messaging.access import Granted, message_for
from handover.messaging.models import Acknowledgement, Message, MessageTask, Revision
from handover.messaging.rules import Answer, Asked, cleaned, may_answer
from handover.messaging.rules.unowned import UNOWNED_KIND
from handover.messaging.services.acts import Act, opening
from handover.messaging.services.paged import withdraw_page_about
from handover.messaging.services.threads import reachable
from handover.paging.rules.levels import Level
from handover.patients import access
from handover.patients.acts import again
from handover.reach.services import hush
from handover.transfers.documents import Action
from handover.transfers.services.responsibility import add_action
from ledger.agents import Entity
from live.inbox import Subject
from live.refusals import Conflict, Denied, Invalid, Refusal

ACKNOWLEDGED, PASSED_ON, DONE, TASK = "message.acknowledged", "message.passed_on", "message.done", "message.task_made"
COMING, NOT_COMING = "message.coming", "message.not_coming"
_EVENTS = {
    Answer.OWNED: ACKNOWLEDGED,
    Answer.BUSY: PASSED_ON,
    Answer.WRONG_PERSON: PASSED_ON,
    Answer.DONE: DONE,
    Answer.COMING: COMING,
    Answer.NOT_COMING: NOT_COMING,
}
_RUNGS = {Answer.OWNED: "acknowledged", Answer.DONE: "done"}


@dataclass(frozen=True)
class Task:
    """What is to be done, by whom, and by when (aware)."""

    what: str
    owner_id: UUID
    by_when: datetime


def acknowledge(actor: Actor, *, key: UUID, message_id: UUID, answer: str, revision: int) -> Acknowledgement:
    """The answer to the message as it stands: owned, busy, wrong_person or done; of a call-in, coming or not_coming.

    The author and the others are told.

    Raises NotFound; Denied for whoever it did not go to; Conflict for an earlier revision, a message that was taken
    back or asks nothing, and an answer that was given; Invalid for what is no answer.
    """
    if answer not in _EVENTS:
        raise Invalid(fields={"answer": _("Choose an answer.")}, act=ACKNOWLEDGED, subject_id=message_id)
    row = Acknowledgement(id=uuid4(), person=actor.person, answer=answer, revision=revision)
    with opening(actor, key=key, event=_EVENTS[Answer(answer)], leads_to=row.pk) as act:
        if act.earlier is not None:
            return again(act, Acknowledgement.objects.filter(message_id=message_id))
        found, message = message_for(actor, message_id, act=act.event)
        asked, current = asked_of(message)
        _require(act, found, asked, Answer(answer), is_current=revision == current)
        row.message, row.said = message, act.now
        row.save(force_insert=True)
        hush(Subject("message", message.pk), person_id=actor.person.pk)
        if answer == Answer.OWNED:
            hush(Subject(UNOWNED_KIND, message.pk))
            act.tell_also(withdraw_page_about(message))
        if Answer(answer) in _RUNGS:
            act.climb(_RUNGS[Answer(answer)], [(message.pk, message.author_id)])
        act.tell(act.event, [message.author_id, *asked.recipients], Subject("acknowledgement", row.pk))
        act.note(found, Entity("message", message.pk), detail={"number": message.number, "answer": answer})
    return row


def make_task(actor: Actor, *, key: UUID, message_id: UUID, task: Task) -> MessageTask:
    """The message as an open action of its patient: it travels with them, and stands in the next handover.

    Raises NotFound; Conflict where the thread is of no patient or the message was taken back; Invalid without words,
    for a time that is over, and for an owner who may not see the patient.
    """
    row = MessageTask(id=uuid4())
    with opening(actor, key=key, event=TASK, leads_to=row.pk) as act:
        if act.earlier is not None:
            return again(act, MessageTask.objects.filter(message_id=message_id))
        found, message = message_for(actor, message_id, act=act.event)
        patient_id = found.patient_id
        if patient_id is None:
            words = _("A task belongs to a patient. Write it in the patient's conversation.")
            raise Conflict(words, code="no_patient", subject_id=message_id)
        if asked_of(message)[0].is_retracted:
            raise Conflict(_("This message was taken back."), code="retracted", subject_id=message_id)
        owner = reachable([task.owner_id], field="owner")[0]
        if not access.rows_allowing([(owner.pk, patient_id)]):
            words = _("%(name)s may not see this patient. Write to them first, or choose somebody of the team.")
            raise Invalid(fields={"owner": words % {"name": owner.display_name}}, code="not_the_team")
        action = _action(task, who=owner.display_name)
        row.message, row.action = message, add_action(act.now, patient_id, action, owner=owner)
        row.save(force_insert=True)
        act.tell(TASK, [owner.pk, message.author_id], Subject("message", message.pk))
        act.note(found, Entity("action", row.action.pk), detail={"message": str(message.pk), "owner": str(owner.pk)})
    return row


def asked_of(message: Message) -> tuple[Asked, int]:
    """The message as the rule of answers knows it, and the number of its last revision."""
    last = message.revisions.order_by("-number").first()
    number = last.number if last else 0
    answers = message.acknowledgements.filter(revision=number).order_by("said", "pk")
    asked = Asked(
        level=Level(message.level),
        is_retracted=last is not None and last.kind == Revision.Kind.RETRACTED,
        recipients=frozenset(message.recipients.values_list("person_id", flat=True)),
        answers=[(person_id, Answer(answer)) for person_id, answer in answers.values_list("person_id", "answer")],
        is_call_in=message.is_call_in,
    )
    return asked, number


def _require(act: Act, found: Granted, asked: Asked, answer: Answer, *, is_current: bool) -> None:
    no = _why_not(act, asked, answer, is_current=is_current)
    if no is not None:
        no.subject_id, no.patient_id = found.thread.pk, found.patient_id
        raise no


def _why_not(act: Act, asked: Asked, answer: Answer, *, is_current: bool) -> Refusal | None:
    if act.actor.person.pk not in asked.recipients:
        return Denied(_("This went to somebody else, who has to answer it."), code="not_addressed")
    if asked.is_retracted:
        return Conflict(_("This message was taken back."), code="retracted")
    if not is_current:
        return Conflict(_("This message was changed. Read it again, then answer."), code="old_revision")
    if answer not in may_answer(asked, act.actor.person.pk):
        return Conflict(_("You have answered this already, or it asks for no answer."), code="answered")
    return None


def _action(task: Task, *, who: str) -> Action:
    """Not chained: pydantic's error quotes what was typed, and that is about a patient."""
    try:
        return Action(what=" ".join(cleaned(task.what).split()), who=who, by_when=task.by_when)
    except ValidationError:
        refusal = Invalid(fields={"what": _("Say what is to be done, in at most 300 characters.")}, code="no_words")
    raise refusal
