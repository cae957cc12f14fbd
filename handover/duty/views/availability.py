"""A person's own word on whether they can be reached: busy, off duty, or back."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none
from handover.duty.instead import reached_instead
from handover.duty.services import availability
from handover.duty.services.availability import NotReached
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid

# What is chosen, and how it is said. Minutes of being busy; off duty lasts until they are back.
CHOICES = (
    ("30", gettext_lazy("busy for 30 minutes")),
    ("60", gettext_lazy("busy for 1 hour")),
    ("120", gettext_lazy("busy for 2 hours")),
    ("240", gettext_lazy("busy for 4 hours")),
    ("off", gettext_lazy("off duty until I am back")),
)


@signed_in
@require_POST
def not_reached(request: SignedInRequest) -> HttpResponse:
    """Busy for so long, or off duty; somebody else is reached instead."""
    chosen, now = request.POST.get("how", ""), timezone.now()
    if chosen not in dict(CHOICES):
        raise Invalid(fields={"how": _("Choose for how long.")}, act=availability.SAID)
    until = None if chosen == "off" else now + timedelta(minutes=int(chosen))
    said = NotReached("busy" if until else "off", until, uuid_or_none(request.POST.get("cover", "")))
    try:
        availability.say_not_reached(request.actor, key=posted_key(request), said=said)
    except (Conflict, Invalid) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        messages.error(request, refusal.message)
        return done(request, reverse("duty:own"))
    instead = reached_instead(request.actor.person.pk, at=now)
    if instead is not None and instead.person is not None:
        words = _("Whoever writes to you is shown %(name)s instead.") % {"name": instead.person.display_name}
    else:
        words = _("Whoever writes to you is told so. Nobody is reached instead.")
    messages.success(request, words)
    return done(request, reverse("duty:own"))


@signed_in
@require_POST
def back(request: SignedInRequest) -> HttpResponse:
    """Reached as themselves again."""
    availability.say_back(request.actor, key=posted_key(request))
    messages.success(request, _("You are reached yourself again."))
    return done(request, reverse("duty:own"))
