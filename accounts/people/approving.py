"""The administrators' page of what two of them decide: one asks, another approves or drops it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from accounts.factors.selectors import open_resets
from accounts.people import approvals, selectors, services
from accounts.people.views import show_invited
from accounts.stepup import fresh_factor


@require_GET
@signed_in
def two(request: SignedInRequest) -> HttpResponse:
    """What waits for a second administrator: roles, invitations, the keys, and how many lost factors."""
    context = {
        "waiting": approvals.waiting_for(request.actor),
        "invitations": [row for row in selectors.open_invitations(request.actor) if row.waits],
        "resets": len(open_resets()),
    }
    return render(request, "people/two.html", context)


@require_POST
@signed_in
@fresh_factor
def ask_key_turn(request: SignedInRequest) -> HttpResponse:
    """Asked for; another administrator approves it."""
    approvals.ask_for_key_turn(request.actor, key=posted_key(request))
    return _back(request, _("Asked for. Another administrator approves it."))


@require_POST
@signed_in
@fresh_factor
def approve(request: SignedInRequest, approval_id: UUID) -> HttpResponse:
    """A second administrator has decided so."""
    approvals.approve(request.actor, key=posted_key(request), approval_id=approval_id)
    return _back(request, _("Approved."))


@require_POST
@signed_in
def drop(request: SignedInRequest, approval_id: UUID) -> HttpResponse:
    """Not wanted any more."""
    approvals.drop(request.actor, key=posted_key(request), approval_id=approval_id)
    return _back(request, _("Dropped. Nothing changes."))


@require_POST
@signed_in
@fresh_factor
def approve_invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """The link is made now, and goes out or is shown."""
    row, token = services.approve(request.actor, key=posted_key(request), invitation_id=invitation_id)
    return show_invited(request, row, token)


def _back(request: SignedInRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return done(request, reverse("people:two"))
