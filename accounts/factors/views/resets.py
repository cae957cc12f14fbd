"""The administrators' page of lost factors: one asks, another does it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, wants_json
from accounts.factors import selectors
from accounts.factors.resets import ask_reset, do_reset, drop_reset
from accounts.stepup import fresh_factor
from ledger.services import record_refusal
from live.refusals import Denied, NotFound, Refusal


@require_GET
@signed_in
def resets(request: SignedInRequest) -> HttpResponse:
    """What waits for a second person, and the form to ask for one more."""
    return _draw(request)


@require_POST
@signed_in
@fresh_factor
def ask(request: SignedInRequest) -> HttpResponse:
    """Asked for; another administrator does it."""
    try:
        ask_reset(request.actor, key=posted_key(request), email=request.POST.get("email", ""))
    except (NotFound, Denied) as refusal:
        if wants_json(request):
            raise
        record_refusal(refusal, agent=request.actor.agent)
        return _draw(request, refusal=refusal)
    return done(request, reverse("factors:resets"))


@require_POST
@signed_in
@fresh_factor
def do(request: SignedInRequest, reset_id: UUID) -> HttpResponse:
    """The person enrols anew at their next sign-in."""
    do_reset(request.actor, key=posted_key(request), reset_id=reset_id)
    return done(request, reverse("factors:resets"))


@require_POST
@signed_in
def drop(request: SignedInRequest, reset_id: UUID) -> HttpResponse:
    """Not wanted any more."""
    drop_reset(request.actor, key=posted_key(request), reset_id=reset_id)
    return done(request, reverse("factors:resets"))


def _draw(request: SignedInRequest, *, refusal: Refusal | None = None) -> HttpResponse:
    context = {"waiting": selectors.open_resets(), "refusal": refusal, "typed": request.POST.get("email", "")}
    return render(request, "factors/resets.html", context, status=refusal.status if refusal else 200)
