"""The transfers board of a unit, and a person's inbox."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from accounts.directory import uncovered
from handover.transfers import selectors
from handover.transfers.wording import locks


@signed_in
@require_GET
def board(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """Arriving, leaving, and why locked."""
    return _draw_board(request, unit_id, "transfers/board.html")


@signed_in
@require_GET
def board_fragment(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The moves of the board as they stand now."""
    return _draw_board(request, unit_id, "transfers/_board.html")


@signed_in
@require_GET
def own_board(request: SignedInRequest) -> HttpResponse:
    """The board of the unit this person works in on this device; the directory for somebody who works in none."""
    unit_id = request.actor.unit_id
    if unit_id is None:
        return HttpResponseRedirect(reverse("accounts:directory"))
    return HttpResponseRedirect(reverse("transfers:board", args=[unit_id]))


@signed_in
@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    """What still needs this person, then what happened."""
    return render(request, "transfers/inbox.html", _inbox_context(request))


@signed_in
@require_GET
def inbox_fragment(request: SignedInRequest) -> HttpResponse:
    """The lines of the inbox as they stand now."""
    return render(request, "transfers/_inbox.html", _inbox_context(request))


@signed_in
@require_GET
def inbox_count(request: SignedInRequest) -> HttpResponse:
    """How many lines need this person, for the navigation."""
    return render(request, "transfers/_inbox_count.html", {"count": selectors.inbox_count(request.actor)})


def _inbox_context(request: SignedInRequest) -> dict[str, object]:
    lines = selectors.inbox_page(request.actor)
    return {
        "needs_me": [line for line in lines if line.needs_me],
        "groups": selectors.grouped([line for line in lines if line.needs_me]),
        "rest": [line for line in lines if not line.needs_me],
        "now": timezone.now(),
    }


def _draw_board(request: SignedInRequest, unit_id: UUID, template: str) -> HttpResponse:
    now = timezone.now()
    found = selectors.board(request.actor, unit_id, at=now)
    locked = [(move, locks(move.gate)) for move in (*found.arriving, *found.leaving) if move.gate]
    # Looked up by the page alone: the fragment, which is fetched at every event, does not show it.
    left = partial(uncovered, at=now, unit_id=unit_id)
    return render(request, template, {"board": found, "locked": locked, "uncovered": left})
