"""What the sender does after sending: answers, corrects what was said back, takes it back; and who has the patient."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, signed_in
from handover.transfers import services
from handover.transfers.forms.fields import act_key, required_words
from handover.transfers.views.common import done, done_with_handover
from handover.transfers.wording import ANSWER_FIRST, CORRECT_FIRST


@signed_in
@require_POST
def answer(request: SignedInRequest, question_id: UUID) -> HttpResponse:
    """The answer to a question."""
    words = required_words(request.POST, "text", message=str(ANSWER_FIRST))
    question = services.answer(request.actor, key=act_key(request.POST), question_id=question_id, text=words)
    return done_with_handover(request, question.handover_id)


@signed_in
@require_POST
def correct(request: SignedInRequest, synthesis_id: UUID) -> HttpResponse:
    """'Not quite': the receiver has to say it back anew."""
    words = required_words(request.POST, "text", message=str(CORRECT_FIRST))
    synthesis = services.correct_synthesis(
        request.actor, key=act_key(request.POST), synthesis_id=synthesis_id, text=words
    )
    return done_with_handover(request, synthesis.version.handover_id)


@signed_in
@require_POST
def withdraw(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Takes a handover back that nobody has accepted."""
    services.withdraw_handover(request.actor, key=act_key(request.POST), handover_id=handover_id)
    return done_with_handover(request, handover_id)


@signed_in
@require_POST
def remind(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Whoever has not accepted hears of it once more."""
    services.remind(request.actor, key=act_key(request.POST), handover_id=handover_id)
    return done_with_handover(request, handover_id)


@signed_in
@require_POST
def take(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """'I have this patient': because nobody had."""
    services.take_patient(request.actor, key=act_key(request.POST), patient_id=patient_id)
    return done(request, reverse("patients:page", args=[patient_id]))


@signed_in
@require_POST
def finish(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """An open action is done."""
    row = services.finish_action(request.actor, key=act_key(request.POST), action_id=action_id)
    return done(request, reverse("patients:page", args=[row.patient_id]))
