"""A person's own reachability, the service worker, and what both ask of the server."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, done, posted_key, uuid_or_none, wants_json
from handover.reach import channels
from handover.reach.models import Channel
from handover.reach.points.selectors import lines_of
from handover.reach.push import events, selectors, services
from live.refusals import NotFound

WORKER = Path(__file__).parent / "static" / "push" / "worker.js"
LONGEST_SHOWN = 200


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, its words in front. For anybody: a browser looks for a newer one when nobody is signed in."""
    words = {
        "title": _("New page"),
        "waits": _("Messages wait for you"),
        "many": _("{count} wait for you"),
        "single": _("1 message for your information"),
        "digest": _("{count} messages for your information"),
        "checked": _("This device receives pages"),
        "owned": _("Owned by a colleague"),
        "ended": _("Nobody need come any more"),
        "icon": static("readback/icon-192.png"),
    }
    script = f"self.words = {json.dumps(words)};\n{WORKER.read_text(encoding='utf-8')}"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_GET
@signed_in
def own(request: SignedInRequest) -> HttpResponse:
    """By what this person can be reached, and whether it works."""
    lines = lines_of(request.actor.person.pk)
    return render(request, "push/own.html", {**_devices(request), "lines": lines})


@require_GET
@signed_in
def devices_fragment(request: SignedInRequest) -> HttpResponse:
    """The devices alone, for the page that shows them while a test runs."""
    return render(request, "push/_devices.html", _devices(request))


def _devices(request: SignedInRequest) -> dict[str, Any]:
    devices = selectors.devices_of(request.actor.person.pk, request.device_session)
    return {
        "devices": devices,
        "here": next((device for device in devices if device.is_here), None),
        "is_offered": Channel.PUSH in channels.configured(),
        "is_shared": request.device_session.phone_id is not None,
        "on_duty": bool(selectors.on_duty([request.actor.person.pk], at=timezone.now())),
    }


@require_GET
@signed_in
def here_fragment(request: SignedInRequest) -> HttpResponse:
    """That this very device has stopped receiving; empty when it has not."""
    is_silent = selectors.silent_here(request.actor.person.pk, request.device_session)
    return render(request, "push/_here.html", {"is_silent": is_silent})


@require_POST
@signed_in
def here(request: SignedInRequest) -> HttpResponse:
    """What this page has to do about its browser."""
    found = services.here(request.actor, request.device_session, endpoint=request.POST.get("endpoint", "")[:2048])
    return JsonResponse({"do": found.to_do, "sender": found.sender_key})


@require_POST
@signed_in
def turn_on(request: SignedInRequest) -> HttpResponse:
    """This browser rings for this person from now on."""
    asked = services.Asked(*(request.POST.get(name, "")[:2048] for name in ("endpoint", "point", "secret")))
    services.subscribe(request.actor, request.device_session, key=posted_key(request), asked=asked)
    return done(request, reverse("push:own"))


@require_POST
@signed_in
def turn_off(request: SignedInRequest, subscription_id: UUID) -> HttpResponse:
    """That device rings no more."""
    services.unsubscribe(request.actor, key=posted_key(request), subscription_id=subscription_id)
    if not wants_json(request):
        messages.success(request, _("That device does not ring for you any more."))
    return done(request, reverse("push:own"))


@require_POST
@signed_in
def test(request: SignedInRequest) -> HttpResponse:
    """Every device of theirs is rung once."""
    services.test(request.actor, key=posted_key(request))
    return done(request, reverse("push:own"))


@csrf_exempt
@require_POST
def shown(request: HttpRequest) -> HttpResponse:
    """A device says that it has shown what it was sent. By the token alone: its person may long be signed out.

    Without a form's token: no cookie is looked at, so another site could have nothing done here that it could not do by
    itself, and has no token of a device.
    """
    body = request.body[: LONGEST_SHOWN + 1]
    try:
        token = uuid_or_none(str(json.loads(body)["id"])) if len(body) <= LONGEST_SHOWN else None
    except (ValueError, TypeError, KeyError, RecursionError):
        token = None
    if token is None:
        raise NotFound(act="push.shown")
    services.shown(token)
    return HttpResponse(status=204)


@require_GET
@signed_in
def open_notice(request: SignedInRequest, notice: UUID) -> HttpResponse:
    """From a notification to what it is about: for the person whom it rang, and for nobody else."""
    ring = selectors.ring_of(request.actor.person.pk, notice)
    if ring is None:
        raise NotFound(act="push.opened")
    return SeeOther(events.way_to(ring.subject_kind, ring.subject_id))
