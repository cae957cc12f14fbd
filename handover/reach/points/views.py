"""A person adds an address, types the code that went there, or takes it away, and is back on the page of how they are
reached. Only with a factor that was just shown: whoever picks up a phone that lies unlocked could else have its owner's
pages sent to themselves.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, wants_json
from accounts.stepup import fresh_factor
from handover.reach.points import services
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, Refusal

BACK = "/reach/"


@sensitive_post_parameters("address")
@require_POST
@signed_in
@fresh_factor
def add(request: SignedInRequest) -> HttpResponse:
    """A code goes to a new address."""
    channel, typed = request.POST.get("channel", ""), request.POST.get("address", "")
    try:
        services.add_point(request.actor, key=posted_key(request), channel=channel, typed=typed)
    except (Invalid, Conflict) as refusal:
        return _refused(request, refusal)
    messages.info(request, _("A code was sent there. Type it below within ten minutes."))
    return done(request, BACK)


@sensitive_post_parameters("code")
@require_POST
@signed_in
def show(request: SignedInRequest, point_id: UUID) -> HttpResponse:
    """The code that came to the address."""
    try:
        shown = services.show(
            request.actor, key=posted_key(request), point_id=point_id, typed=request.POST.get("code", "")
        )
    except Conflict as refusal:
        return _refused(request, refusal)
    if shown.is_theirs:
        messages.success(request, _("The address is yours. Pages reach you there from now on."))
    elif shown.tries_left:
        left = shown.tries_left
        words = ngettext(
            "That is not the code. %(left)s try is left.", "That is not the code. %(left)s tries are left.", left
        )
        messages.error(request, words % {"left": left})
    else:
        messages.error(request, _("That was not the code, five times. The address was not added."))
    return done(request, BACK)


@require_POST
@signed_in
@fresh_factor
def end(request: SignedInRequest, point_id: UUID) -> HttpResponse:
    """Nothing is sent there any more."""
    services.end_point(request.actor, key=posted_key(request), point_id=point_id)
    messages.success(request, _("Nothing is sent there any more."))
    return done(request, BACK)


def _refused(request: SignedInRequest, refusal: Refusal) -> HttpResponse:
    """In words on the page where no script shows them."""
    if wants_json(request):
        raise refusal
    record_refusal(refusal, agent=request.actor.agent)
    fields = getattr(refusal, "fields", {})
    messages.error(request, next(iter(fields.values()), refusal.message))
    return done(request, BACK)
