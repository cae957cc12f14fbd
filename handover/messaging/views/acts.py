"""What is done with one tap: a message is opened, answered or taken back; somebody joins a group or leaves it."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none
from handover.messaging import services
from live.refusals import Invalid

_LONGEST = 9


@signed_in
@require_POST
def seen(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """The messages up to a number are on this person's screen: a rung of their ladders, and no answer."""
    services.see(request.actor, thread_id=thread_id, number=_number(request, "number"))
    return done(request, reverse("messaging:thread", args=[thread_id]))


@signed_in
@require_POST
def answer(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """I own it; busy, pass on; wrong person; done."""
    row = services.acknowledge(
        request.actor,
        key=posted_key(request),
        message_id=message_id,
        answer=request.POST.get("answer", ""),
        revision=_number(request, "revision"),
    )
    return done(request, reverse("messaging:thread", args=[row.message.thread_id]))


@signed_in
@require_POST
def retract(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """A message of one's own is taken back."""
    row = services.retract(request.actor, key=posted_key(request), message_id=message_id)
    return done(request, reverse("messaging:thread", args=[row.message.thread_id]))


@signed_in
@require_POST
def add(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """Somebody joins a group."""
    services.add_member(request.actor, key=posted_key(request), thread_id=thread_id, person_id=_person(request))
    return done(request, reverse("messaging:members", args=[thread_id]))


@signed_in
@require_POST
def remove(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """Somebody leaves a group, or is taken out of it."""
    person_id = _person(request)
    services.remove_member(request.actor, key=posted_key(request), thread_id=thread_id, person_id=person_id)
    is_self = person_id == request.actor.person.pk
    return done(request, reverse("messaging:threads") if is_self else reverse("messaging:members", args=[thread_id]))


def _person(request: SignedInRequest) -> UUID:
    found = uuid_or_none(request.POST.get("person", ""))
    if found is None:
        raise Invalid(fields={"person": _("Choose somebody from the list.")}, code="nobody")
    return found


def _number(request: SignedInRequest, name: str) -> int:
    value = request.POST.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST):
        raise Invalid(_("This page is too old to act from. Reload it and try again."), code=f"no_{name}")
    return int(value)
