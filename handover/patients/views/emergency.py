"""Emergency access: the way to a patient who is not yours, the end of it, and the answer to the officer's question."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from accounts.stepup import fresh_factor
from handover.patients.forms.emergency import AnswerForm, EmergencyForm
from handover.patients.glass import selectors, services
from handover.patients.views.answers import form_again, refusal_of

_FORM = "patients/emergency.html"


@sensitive_post_parameters("record_number", "birth_date", "words")
@signed_in
@fresh_factor
@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: SignedInRequest) -> HttpResponse:
    """The form; posted, the patient's page, with a banner for as long as it lasts.

    The factor is asked for before the form and not after it: whoever writes the reason writes it once.
    """
    if request.method != "POST":
        return render(request, _FORM, {"form": EmergencyForm()})
    form = EmergencyForm(request.POST)
    if not form.is_valid():
        return form_again(request, _FORM, {}, form=form)
    key, found = posted_key(request), list[UUID]()
    refusal = refusal_of(
        request, lambda: found.append(services.break_glass(request.actor, key=key, **form.cleaned_data))
    )
    if refusal:
        return form_again(request, _FORM, {}, form=form, refusal=refusal)
    return done(request, reverse("patients:page", args=[found[0]]))


@signed_in
@require_POST
def end(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The person needs the chart no longer."""
    services.end_glass(request.actor, key=posted_key(request), patient_id=patient_id)
    messages.success(request, _("Your emergency access has ended."))
    return done(request, reverse("patients:list"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: SignedInRequest, glass_id: UUID) -> HttpResponse:
    """The officer's question to this person, and their answer."""
    context = {"case": selectors.own_case(request.actor, glass_id)}
    template = "patients/emergency_answer.html"
    if request.method != "POST":
        return render(request, template, {**context, "form": AnswerForm()})
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return form_again(request, template, context, form=form)
    key, words = posted_key(request), form.cleaned_data["answer"]
    refusal = refusal_of(request, lambda: services.answer(request.actor, key=key, glass_id=glass_id, words=words))
    if refusal:
        return form_again(request, template, context, form=form, refusal=refusal)
    messages.success(request, _("Sent. The compliance office reads it."))
    return done(request, reverse("patients:list"))
