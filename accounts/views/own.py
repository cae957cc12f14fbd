"""A person's own page: their unit on this device, their duty, and the devices they are signed in on."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, wants_json
from accounts.directory import duties_of, units_of
from accounts.leaving import tie_of
from accounts.services import choose_unit, end_duty, end_other_sessions, end_own_session, go_on_duty
from accounts.sessions import idle_seconds_left, live_sessions_of
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, Refusal


@require_GET
@signed_in
def me(request: SignedInRequest) -> HttpResponse:
    """Who I am here, where I work now, and where else I am signed in."""
    return _draw(request)


@require_POST
@signed_in
def choose(request: SignedInRequest) -> HttpResponse:
    """This device works in the chosen unit."""
    choose_unit(request.actor, key=posted_key(request), unit_id=_posted_unit(request))
    return done(request, reverse("accounts:me"))


@require_POST
@signed_in
def start_duty(request: SignedInRequest) -> HttpResponse:
    """On duty from now."""
    go_on_duty(request.actor, key=posted_key(request), unit_id=_posted_unit(request))
    return done(request, reverse("accounts:me"))


@require_POST
@signed_in
def stop_duty(request: SignedInRequest) -> HttpResponse:
    """Off duty from now. Where a patient forbids it or warns, the page says so, with the way to hand them over."""
    is_warned = request.POST.get("warned") == "1"
    try:
        end_duty(request.actor, key=posted_key(request), unit_id=_posted_unit(request), is_warned=is_warned)
    except Conflict as refusal:
        if wants_json(request):
            raise
        record_refusal(refusal, agent=request.actor.agent)
        return _draw(request, refusal=refusal)
    return done(request, reverse("accounts:me"))


@require_POST
@signed_in
def stop_session(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """Signed out on that device."""
    end_own_session(request.actor, key=posted_key(request), session_id=session_id)
    return done(request, reverse("accounts:me"))


@require_POST
@signed_in
def stop_other_sessions(request: SignedInRequest) -> HttpResponse:
    """Signed in on this device alone."""
    end_other_sessions(request.actor, key=posted_key(request))
    return done(request, reverse("accounts:me"))


@require_GET
@signed_in
def here(request: SignedInRequest) -> HttpResponse:
    """Seconds until this session ends by itself. Asked because somebody touched the device, the middleware notes that;
    asked by the page alone (X-Readback-Background) it only tells."""
    left = idle_seconds_left(request.device_session, at=timezone.now())
    return JsonResponse({"left": left})


def _draw(request: SignedInRequest, *, refusal: Refusal | None = None) -> HttpResponse:
    person = request.actor.person
    duties = {duty.unit_id: duty for duty in duties_of(person, at=timezone.now())}
    ties = {unit_id: tie_of(request.actor, unit_id) for unit_id in duties}
    units = [(unit, duties.get(unit.pk), ties.get(unit.pk)) for unit in units_of(person)]
    context = {"units": units, "sessions": live_sessions_of(person), "current": request.device_session}
    return render(
        request, "accounts/me.html", {**context, "refusal": refusal}, status=refusal.status if refusal else 200
    )


def _posted_unit(request: SignedInRequest) -> UUID:
    try:
        return UUID(request.POST.get("unit", ""))
    except ValueError as exc:
        raise Invalid(fields={"unit": _("Choose a unit.")}) from exc
