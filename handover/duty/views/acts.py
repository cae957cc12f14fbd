"""What is done with one tap: a role is taken or left, cover is asked for, and the answer to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none, wanted_page, wants_json
from handover.duty import services
from handover.duty.models import CoverageGap
from handover.duty.services import Wanted
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, NotFound, Refusal

# How long a role is taken for by one tap.
HOURS = (4, 8, 12)
# A list of beds, as it is typed.
LONGEST_TEXT = 200


@signed_in
@require_POST
def take(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """The role is this person's for the hours that were chosen."""
    until = timezone.now() + _hours(request, act="role.taken", subject_id=role_id)
    return _did(
        request,
        lambda: services.take_role(request.actor, key=posted_key(request), role_id=role_id, until=until),
        _("The role is yours. Whoever held it is told."),
    )


@signed_in
@require_POST
def leave(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """The role is this person's no longer."""
    return _did(
        request,
        lambda: services.leave_role(request.actor, key=posted_key(request), role_id=role_id),
        _("You have left the role."),
    )


@signed_in
@require_POST
def take_beds(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The beds are this nurse's for the hours that were chosen."""
    until = timezone.now() + _hours(request, act="beds.taken", subject_id=unit_id)
    text = request.POST.get("beds", "")[:LONGEST_TEXT]
    return _did(
        request,
        lambda: services.take_beds(request.actor, key=posted_key(request), unit_id=unit_id, text=text, until=until),
        _("The beds are yours. Whoever had one is told."),
        tells=(Conflict, Invalid),
    )


@signed_in
@require_POST
def leave_beds(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """No bed of the unit is this nurse's any longer."""
    return _did(
        request,
        lambda: services.leave_beds(request.actor, key=posted_key(request), unit_id=unit_id),
        _("You have left your beds. Whoever leads the unit answers for them, and is told."),
    )


@signed_in
@require_POST
def ask(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """Every colleague who is free and rested is asked to cover one turn."""
    wanted = Wanted(_moment(request, "starts"), _moment(request, "ends"))
    return _did(
        request,
        lambda: services.ask_cover(request.actor, key=posted_key(request), role_id=role_id, wanted=wanted),
        _("Asked. It stays yours until somebody takes it; you are told."),
    )


@signed_in
@require_POST
def ask_for_gap(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """Every colleague who is free and rested is asked to hold a role that nobody would. For whoever plans the unit."""
    gap_id = uuid_or_none(request.POST.get("gap", "")) or unit_id
    gap = CoverageGap.objects.filter(pk=gap_id, role__unit=unit_id, closed__isnull=True).first()
    if gap is None:
        raise NotFound(_("This gap is there no longer. Reload the page."), act="cover.asked", subject_id=unit_id)
    wanted = Wanted(gap.starts, gap.ends)
    return _did(
        request,
        lambda: services.ask_cover(request.actor, key=posted_key(request), role_id=gap.role_id, wanted=wanted),
        _("Asked. You are told when somebody takes it, and when nobody does."),
    )


@signed_in
@require_POST
def accept(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """This person takes it."""
    return _did(
        request,
        lambda: services.accept_cover(request.actor, key=posted_key(request), request_id=request_id),
        _("It is yours. You can take it back for ten minutes."),
    )


@signed_in
@require_POST
def decline(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """This person cannot."""
    return _did(
        request,
        lambda: services.decline_cover(request.actor, key=posted_key(request), request_id=request_id),
        _("Noted. Nobody asks you about it again."),
    )


@signed_in
@require_POST
def withdraw(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """Nobody is asked any more."""
    return _did(
        request,
        lambda: services.withdraw_cover(request.actor, key=posted_key(request), request_id=request_id),
        _("Withdrawn. It stays yours."),
    )


@signed_in
@require_POST
def undo(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """It is as it was before somebody took it."""
    return _did(
        request,
        lambda: services.undo_cover(request.actor, key=posted_key(request), request_id=request_id),
        _("Undone. It is as it was before."),
    )


def _did(
    request: SignedInRequest, act: Callable[[], object], words: str, *, tells: tuple[type[Refusal], ...] = (Conflict,)
) -> HttpResponse:
    """Does it, and goes back to the page that it was done from; what is in the way (`tells`) is said there."""
    back = wanted_page(request, otherwise=reverse("duty:own"))
    try:
        act()
    except tells as refusal:
        if wants_json(request):
            raise
        _tell(request, refusal)
        return done(request, back)
    messages.success(request, words)
    return done(request, back)


def _tell(request: SignedInRequest, refusal: Refusal) -> None:
    record_refusal(refusal, agent=request.actor.agent)
    messages.error(request, refusal.message)


def _hours(request: SignedInRequest, *, act: str, subject_id: UUID) -> timedelta:
    """For how long, as the pages offer it. Raises Invalid for anything else."""
    hours = request.POST.get("hours", "")
    if hours not in {str(each) for each in HOURS}:
        raise Invalid(fields={"hours": _("Choose for how long.")}, act=act, subject_id=subject_id)
    return timedelta(hours=int(hours))


def _moment(request: SignedInRequest, name: str) -> datetime:
    """A posted moment with its zone. Raises Invalid for none, and for one without."""
    try:
        found = parse_datetime(request.POST.get(name, ""))
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise Invalid(_("Choose a turn from the list."), fields={name: _("A time with its zone.")}, act="cover.asked")
    return found
