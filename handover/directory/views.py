"""The pages: one box that finds whom to reach, and what a unit takes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from accounts.forms import say_at_fields
from accounts.models import Unit
from handover.directory import selectors, services
from handover.directory.forms import CapabilityForm
from handover.directory.models import LONGEST_NOTE, Capability
from handover.duty.selectors import roles_of_unit
from handover.duty.services.ground import require_may_plan
from ledger.services import record_refusal
from live.refusals import Invalid, NotFound

LONGEST_SEARCH = 80


@require_GET
@signed_in
def find(request: SignedInRequest) -> HttpResponse:
    """What ?q= finds; without words, whom one reaches by the roles of the unit that this device works in."""
    words = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    now, unit = timezone.now(), request.device_session.unit
    own = unit if unit is not None and not words else None
    context: dict[str, Any] = {
        "words": words,
        "found": selectors.found(words, at=now),
        "unit": own,
        "roles": selectors.role_hits(roles_of_unit(own.pk), at=now) if own else [],
        "capabilities": selectors.capabilities_of(own, at=now) if own else [],
        "at": now,
    }
    return render(request, "directory/find.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def takes(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """What the unit takes, to be confirmed by whoever leads it; posted, one thing more."""
    unit = Unit.objects.select_related("facility").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=services.ADDED, subject_id=unit_id)
    now = timezone.now()
    require_may_plan(request.actor, unit_id, at=now, act=services.ADDED)
    form = CapabilityForm(roles_of_unit(unit_id), request.POST if request.method == "POST" else None)
    refusal: Invalid | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.add_capability(request.actor, key=posted_key(request), unit_id=unit_id, new=form.new())
        except Invalid as found:
            refusal = found
            record_refusal(refusal, agent=request.actor.agent)
            say_at_fields(form, refusal)
        else:
            messages.success(request, _("It is found from now on. Confirm it each day."))
            return done(request, reverse("directory:takes", args=[unit_id]))
    context = {
        "unit": unit,
        "capabilities": selectors.capabilities_of(unit, at=now),
        "statuses": Capability.Status.choices,
        "longest_note": LONGEST_NOTE,
        "form": form,
        "refusal": refusal,
        "at": now,
    }
    return render(request, "directory/takes.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_POST
def confirm(request: SignedInRequest, capability_id: UUID) -> HttpResponse:
    """It stands as it was chosen, as of now."""
    told = {"status": request.POST.get("status", ""), "note": request.POST.get("note", "")}
    row = services.confirm_capability(request.actor, key=posted_key(request), capability_id=capability_id, **told)
    messages.success(request, _("Confirmed. Whoever looks for it sees who said so, and when."))
    return done(request, reverse("directory:takes", args=[row.unit_id]))


@signed_in
@require_POST
def end(request: SignedInRequest, capability_id: UUID) -> HttpResponse:
    """The unit takes it no longer."""
    row = services.end_capability(request.actor, key=posted_key(request), capability_id=capability_id)
    messages.success(request, _("It is not found any more."))
    return done(request, reverse("directory:takes", args=[row.unit_id]))
