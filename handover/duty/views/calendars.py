"""A person's calendar address, and the turns of a role or a whole unit as a file."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from accounts.devices import device_name
from accounts.models import Unit
from handover.duty import selectors
from handover.duty.calendars import gathering, writing
from handover.duty.models import PractitionerRole
from handover.duty.services import calendars
from ledger.services import record_refusal
from live.refusals import Conflict, NotFound

CALENDAR = "text/calendar; charset=utf-8"


def zone() -> ZoneInfo:
    """The ward's."""
    return ZoneInfo(settings.TIME_ZONE)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own_calendar(request: SignedInRequest) -> HttpResponse:
    """The person's calendar address; posted, a new one, shown this once. An earlier one opens nothing from then on."""
    url = ""
    if request.method == "POST":
        try:
            token = calendars.make_feed(request.actor, key=posted_key(request))
        except Conflict as refusal:
            record_refusal(refusal, agent=request.actor.agent)
            messages.error(request, refusal.message)
            return done(request, reverse("duty:calendar"))
        url = request.build_absolute_uri(reverse("duty:feed", args=[token]))
    context = {"url": url, "has_feed": calendars.has_feed(request.actor.person)}
    response = render(request, "duty/calendar.html", context)
    response["Cache-Control"] = "no-store"
    return response


@signed_in
@require_POST
def end_calendar(request: SignedInRequest) -> HttpResponse:
    """The address opens nothing any more."""
    calendars.end_feed(request.actor, key=posted_key(request))
    messages.success(request, _("The address opens nothing any more."))
    return done(request, reverse("duty:calendar"))


@require_http_methods(["GET", "HEAD"])
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """A person's own turns for their calendar program, which knows the secret and has no session."""
    try:
        person = calendars.person_of_feed(token, device=device_name(request.headers.get("User-Agent", "")))
    except NotFound as exc:
        raise Http404 from exc
    turns = gathering.turns_for(person, at=timezone.now())
    response = HttpResponse(writing.written(turns, name=_("My duty"), zone=zone()), content_type=CALENDAR)
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in
@require_GET
def role_calendar(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """The role's turns with who holds them, as a file for whoever plans its unit."""
    role = selectors.live_roles().filter(pk=role_id).first()
    if role is None:
        raise NotFound(act=calendars.WRITTEN, subject_id=role_id)
    return _as_file(request, role.unit, [role], name=role.name)


@signed_in
@require_GET
def unit_calendar(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The turns of every role of the unit with who holds them, as one file for whoever plans it. Beds are not in it."""
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=calendars.WRITTEN, subject_id=unit_id)
    return _as_file(request, unit, selectors.roles_of_unit(unit_id), name=unit.name)


def _as_file(request: SignedInRequest, unit: Unit, roles: list[PractitionerRole], *, name: str) -> HttpResponse:
    calendars.note_export(request.actor, unit.pk, roles)
    turns = gathering.turns_of_roles(roles, at=timezone.now())
    response = HttpResponse(writing.written(turns, name=name, zone=zone()), content_type=CALENDAR)
    response["Content-Disposition"] = 'attachment; filename="duty.ics"'
    response["Cache-Control"] = "private, no-store"
    return response
