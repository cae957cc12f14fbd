"""Asking: a question that keeps the gate shut until it is answered, and 'call me', which blocks nothing."""

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.patients import access
from handover.patients.acts import again
from handover.transfers import sealed
from handover.transfers.models import CallRequest, Handover, Question
from handover.transfers.services import responsibility
from handover.transfers.services.acts import Held, hold, opening, require
from ledger.agents import Entity
from live.inbox import Subject
from live.refusals import Conflict, Invalid, NotFound


def ask(actor: Actor, *, key: UUID, handover_id: UUID, text: str) -> Question:
    """The question, put to whoever sent the handover. The gate stays shut until it is answered.

    Raises NotFound, Denied for anybody it is not addressed to, Conflict when it was taken back, Invalid without words.
    """
    with opening(actor, key=key, event="handover.asked") as act:
        if act.earlier is not None:
            return again(act, Question.objects.filter(handover_id=handover_id))
        held = hold(act, handover_id)
        require(held, "ask")
        if not text.strip():
            raise Invalid(fields={"text": _("Write the question.")})
        row = Question(handover=held.handover, version=held.version, asked_by=actor.person, asked=act.now)
        row.sealed_text = sealed.seal_words(row, "sealed_text", text, patient_id=held.handover.patient_id)
        row.save(force_insert=True)
        act.tell("handover.asked", held.senders, Subject("question", row.pk))
        act.conclude(held, row.pk, entity=Entity("question", row.pk))
    return row


def answer(actor: Actor, *, key: UUID, question_id: UUID, text: str) -> Question:
    """The question with its answer.

    Raises NotFound, Denied for the receiving side, Conflict when it was answered already, Invalid without words.
    """
    with opening(actor, key=key, event="handover.answered") as act:
        if act.earlier is not None:
            return again(act, Question.objects.filter(pk=question_id))
        handover_id = Question.objects.filter(pk=question_id).values_list("handover_id", flat=True).first()
        if handover_id is None:
            raise NotFound(subject_id=question_id)
        held = hold(act, handover_id)
        require(held, "answer")
        row = Question.objects.get(pk=question_id)
        if row.answered is not None:
            words = _("A colleague has answered this question already.")
            raise Conflict(words, code="answered", subject_id=question_id, patient_id=held.handover.patient_id)
        if not text.strip():
            raise Invalid(fields={"text": _("Write the answer.")})
        row.answered, row.answered_by = act.now, actor.person
        row.sealed_answer = sealed.seal_words(row, "sealed_answer", text, patient_id=held.handover.patient_id)
        row.save(update_fields=["answered", "answered_by", "sealed_answer"])
        holder = responsibility.current(held.handover.patient_id)
        people = [row.asked_by_id, *held.senders, *([holder.person_id] if holder else [])]
        act.tell("handover.answered", people, Subject("question", row.pk))
        act.conclude(held, row.pk, entity=Entity("question", row.pk))
    return row


def request_call(actor: Actor, *, key: UUID, handover_id: UUID) -> str:
    """The number to call the sender back on; the sender learns that the receiver wants to talk. It blocks nothing.

    Raises NotFound, and Denied for anybody it is not addressed to.
    """
    with opening(actor, key=key, event="handover.call_requested") as act:
        if act.earlier is not None:
            rows = CallRequest.objects.filter(handover_id=handover_id)
            asked = again(act, rows.select_related("handover__author_unit"))
            # The first answer again, and only to whoever may still see the patient: it is a number, not an id.
            access.patient_for(actor, asked.handover.patient_id, act=act.event)
            return _number(asked.handover)
        held = hold(act, handover_id)
        require(held, "call")
        row = CallRequest.objects.create(handover=held.handover, asked_by=actor.person, asked=act.now)
        act.tell("handover.call_requested", held.senders, Subject("call_request", row.pk))
        act.conclude(held, row.pk, entity=Entity("call_request", row.pk))
    return call_back(held)


def call_back(held: Held) -> str:
    """The number the sender wrote down for this handover; else their own; else their unit's."""
    return _number(held.handover)


def _number(handover: Handover) -> str:
    written = ""
    if handover.current is not None:
        written = sealed.document_of(handover.current, patient_id=handover.patient_id).ipass.call_back
    return written or handover.author.phone or handover.author_unit.phone
