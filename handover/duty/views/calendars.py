"""A person's calendar address, a role's turns as a file, and a file that becomes turns, seen before they are set."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none
from accounts.devices import device_name
from accounts.models import Person
from handover.duty import selectors
from handover.duty.calendars import gathering, reading, writing
from handover.duty.calendars.matching import Holder, whose
from handover.duty.calendars.reading import Reading
from handover.duty.models import PractitionerRole
from handover.duty.services import calendars
from handover.duty.services.calendars import Put
from handover.duty.services.ground import require_may_plan
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, NotFound

CALENDAR = "text/calendar; charset=utf-8"
SHOWN = 60


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
    role = _role(role_id, act=calendars.WRITTEN)
    calendars.note_export(request.actor, role)
    turns = gathering.turns_of_roles([role], at=timezone.now())
    response = HttpResponse(writing.written(turns, name=role.name, zone=zone()), content_type=CALENDAR)
    response["Content-Disposition"] = 'attachment; filename="duty.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


def _role(role_id: UUID, *, act: str) -> PractitionerRole:
    row = selectors.live_roles().filter(pk=role_id).first()
    if row is None:
        raise NotFound(act=act, subject_id=role_id)
    return row


@dataclass(frozen=True)
class Preview:
    """What a file would set: whose turns, from when until when. With errors, which are in words, it sets nothing."""

    reading: Reading
    puts: list[Put]
    errors: list[str]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def import_calendar(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """A form for a file; posted, what it would set; posted again from there, it is set."""
    role, now = _role(role_id, act=calendars.IMPORTED), timezone.now()
    require_may_plan(request.actor, role.unit_id, at=now, act=calendars.IMPORTED)
    people = list(selectors.may_hold(role).order_by("display_name"))
    context: dict[str, Any] = {
        "role": role,
        "unit": role.unit,
        "people": people,
        "most_kib": reading.MOST_BYTES // 1024,
    }
    if request.method != "POST":
        return render(request, "duty/import.html", context)
    raw, chosen = _raw(request), uuid_or_none(request.POST.get("person", ""))
    preview = _preview(role, people, raw, chosen, at=now)
    if "set" in request.POST and not preview.errors:
        try:
            return _set(request, role, preview)
        except Invalid as refusal:
            record_refusal(refusal, agent=request.actor.agent)
            preview = Preview(preview.reading, [], [refusal.message])
    names = {one.pk: one.display_name for one in people}
    shown = [{"name": names[one.person_id], "starts": one.starts, "ends": one.ends} for one in preview.puts[:SHOWN]]
    context |= {
        "preview": preview,
        "shown": shown,
        "more": len(preview.puts) - len(shown),
        "raw": base64.b64encode(raw).decode() if preview.puts else "",
        "chosen": chosen,
    }
    return render(request, "duty/import.html", context, status=422 if preview.errors else 200)


def _raw(request: SignedInRequest) -> bytes:
    """The file, or what was shown of it before and comes back to be set. Never more than may be read, and one byte."""
    uploaded = request.FILES.get("file")
    if uploaded is not None and not isinstance(uploaded, list):
        return bytes(uploaded.read(reading.MOST_BYTES + 1))
    try:
        return base64.b64decode(request.POST.get("raw", ""), validate=True)[: reading.MOST_BYTES + 1]
    except (binascii.Error, ValueError):
        return b""


def _preview(role: PractitionerRole, people: list[Person], raw: bytes, chosen: UUID | None, *, at: datetime) -> Preview:
    found = reading.read(raw, zone=zone(), at=at, role_id=str(role.pk))
    holders = [Holder(one.pk, one.display_name, one.email) for one in people]
    otherwise = chosen if any(one.pk == chosen for one in people) else None
    puts, errors = [], list(found.errors)
    for turn in found.turns:
        person_id = whose(turn, holders, otherwise=otherwise)
        if person_id is not None:
            puts.append(Put(person_id, turn.starts, turn.ends))
        elif len(errors) < reading.ERRORS_SHOWN:
            title = turn.title[:60] or _("without a title")
            errors.append(_("%(event)s: nobody of the unit who can hold the role is named.") % {"event": title})
    if not puts and not errors:
        errors.append(_("There is no turn to come of this role in the file."))
    return Preview(found, [] if errors else puts, errors)


def _set(request: SignedInRequest, role: PractitionerRole, preview: Preview) -> HttpResponse:
    many = calendars.import_turns(request.actor, key=posted_key(request), role_id=role.pk, puts=preview.puts)
    words = ngettext("%(many)d turn was set.", "%(many)d turns were set.", many) % {"many": many}
    messages.success(request, words)
    return done(request, reverse("duty:role", args=[role.pk]))
