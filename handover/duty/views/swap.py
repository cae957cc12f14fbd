"""Swapping a turn: with whom, and for which of theirs."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from handover.duty import rules, selectors, services
from handover.duty.models import PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.services import InReturn, Wanted
from handover.duty.views.own import AHEAD
from handover.reach.selectors import reachability_of
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, NotFound


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def swap(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """The turns of colleagues that fit; posted, one of them is asked. ?number= is which of one's own, the next is 0."""
    person, now = request.actor.person, timezone.now()
    role = selectors.live_roles().filter(pk=role_id).first()
    give = _own(request, role, at=now) if role else None
    if role is None or give is None:
        raise NotFound(_("You hold no such turn. Look at your duty again."), act="cover.asked", subject_id=role_id)
    offers = selectors.swaps_for(person, role, give=give, at=now, ahead=AHEAD)
    reached = reachability_of({one.person.pk for one in offers})
    silent = {pk for pk, how in reached.items() if not how.is_reachable}
    # Who cannot be reached is offered all the same, behind the others.
    offers.sort(key=lambda one: one.person.pk in silent)
    refusal: Invalid | Conflict | None = None
    if request.method == "POST":
        refusal = _ask(request, role, give, offers)
        if refusal is None:
            messages.success(request, _("Asked. Nothing changes before they say yes; you are told."))
            return done(request, reverse("duty:own"))
    context = {"role": role, "give": give, "offers": offers, "silent": silent, "refusal": refusal}
    return render(request, "duty/swap.html", context, status=refusal.status if refusal else 200)


def _own(request: SignedInRequest, role: PractitionerRole, *, at: datetime) -> Stretch | None:
    """The turn of this role that the page is about: they are counted from the one that is next to end."""
    number = request.GET.get("number", "0")
    turns = selectors.schedule_of(role.pk, starts=at, ends=at + AHEAD + selectors.REACH)
    mine = rules.stretches_of(turns, request.actor.person.pk)
    place = int(number) if number.isdecimal() and len(number) < 4 else len(mine)
    return mine[place] if place < len(mine) else None


def _ask(
    request: SignedInRequest, role: PractitionerRole, give: Stretch, offers: list[selectors.Offer]
) -> Invalid | Conflict | None:
    """Asks the colleague whose turn was chosen; what is in the way, to be shown on the page again."""
    chosen = request.POST.get("offer", "")
    offer = next((one for one in offers if chosen == one.key), None)
    try:
        if offer is None:
            raise Conflict(_("That turn cannot be had any more. Choose another."), code="offer_gone", act="cover.asked")
        back = InReturn(offer.role.pk, offer.stretch.starts, offer.stretch.ends)
        wanted = Wanted(give.starts, give.ends, [offer.person.pk], back)
        services.ask_cover(request.actor, key=posted_key(request), role_id=role.pk, wanted=wanted)
    except (Invalid, Conflict) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        return refusal
    return None
