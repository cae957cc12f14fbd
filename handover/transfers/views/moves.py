"""The move of the patient: the checklist, departure, arrival, cancelling, return, and the override of a locked gate."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from handover.patients.mistaken import FIELD, lookalikes_of
from handover.transfers import selectors, services
from handover.transfers.forms.fields import act_key
from handover.transfers.forms.moves import ChecklistForm, OverrideForm
from handover.transfers.views.common import done, done_with_handover, refused_to_script, wants_json
from handover.transfers.views.handovers import context_of
from ledger.services import record_refusal
from live.refusals import Invalid, Refusal

# Of what was typed for a year; whatever is longer is none.
MOST_TYPED = 20


@signed_in
@require_http_methods(["GET", "POST"])
def depart(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """The patient leaves. Where the gate is locked the act refuses, whatever the page showed.

    Somebody who is easily taken for another leaves once their year of birth was typed, on a page of its own.
    """
    if request.method == "GET":
        return _is_it_the_right_one(request, transfer_id)
    year = request.POST.get(FIELD, "")[:MOST_TYPED]
    try:
        return _moved(request, transfer_id, partial(services.depart, year_of_birth=year))
    except Invalid as refusal:
        if FIELD not in refusal.fields:
            raise
        record_refusal(refusal, agent=request.actor.agent)
        if FIELD not in request.POST:
            return done(request, reverse("transfers:depart", args=[transfer_id]))
        if wants_json(request):
            return refused_to_script(refusal)
        return _is_it_the_right_one(request, transfer_id, refusal=refusal)


@signed_in
@require_POST
def arrive(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """The patient is here."""
    return _moved(request, transfer_id, services.arrive)


@signed_in
@require_POST
def cancel(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """The patient stays."""
    return _moved(request, transfer_id, services.cancel_transfer)


@signed_in
@require_POST
def come_back(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """The patient left and came back."""
    return _moved(request, transfer_id, services.return_patient)


@signed_in
@require_POST
def set_item(request: SignedInRequest, transfer_id: UUID, code: str) -> HttpResponse:
    """One item of the checklist: attached, not applicable, or missing because."""
    state, reason = ChecklistForm.posted(request.POST).answer()
    services.set_checklist_item(
        request.actor, key=act_key(request.POST), transfer_id=transfer_id, code=code, state=state, reason=reason
    )
    return done(
        request,
        reverse("transfers:handover", args=[selectors.handover_id_of(request.actor, transfer_id)]) + "#checklist",
    )


@signed_in
@require_http_methods(["GET", "POST"])
def override(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """Asks to leave with the gate locked: a reason, and a second person or the emergency flag."""
    form = OverrideForm.posted(request.POST)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            reason = form.text()
            services.request_override(
                request.actor,
                key=act_key(request.POST),
                transfer_id=transfer_id,
                reason=reason,
                is_emergency=form.is_emergency,
            )
            return done_with_handover(request, selectors.handover_id_of(request.actor, transfer_id))
        except Invalid as exc:
            record_refusal(exc, agent=request.actor.agent)
            if wants_json(request):
                return refused_to_script(exc)
            form, refusal = form.marked(exc.fields), exc
    page = selectors.transfer_page(request.actor, transfer_id)
    if "override" not in page.may:
        return done_with_handover(request, page.handover.pk)
    context = {**context_of(request, page), "form": form, "refusal": refusal}
    return render(request, "transfers/override.html", context, status=refusal.status if refusal else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def approve(request: SignedInRequest, override_id: UUID) -> HttpResponse:
    """The second person: reads the reason and what is locked, then approves, or walks away."""
    page = selectors.override_page(request.actor, override_id)
    if request.method == "POST":
        services.approve_override(request.actor, key=act_key(request.POST), override_id=override_id)
        return done_with_handover(request, page.handover.pk)
    return render(request, "transfers/approve.html", context_of(request, page))


def _moved(request: SignedInRequest, transfer_id: UUID, act: Callable[..., object]) -> HttpResponse:
    act(request.actor, key=act_key(request.POST), transfer_id=transfer_id)
    return done_with_handover(request, selectors.handover_id_of(request.actor, transfer_id))


def _is_it_the_right_one(
    request: SignedInRequest, transfer_id: UUID, *, refusal: Invalid | None = None
) -> HttpResponse:
    page = selectors.transfer_page(request.actor, transfer_id)
    if "depart" not in page.may:
        return done_with_handover(request, page.handover.pk)
    alike = lookalikes_of(request.actor, page.handover.patient_id)
    context = {**context_of(request, page), "alike": alike, "wrong": refusal.fields[FIELD] if refusal else ""}
    return render(request, "transfers/depart.html", context, status=refusal.status if refusal else 200)
