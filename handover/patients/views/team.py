"""The care team of a patient: who is named, and naming a colleague."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none
from handover.patients import selectors
from handover.patients.models import CareRelationship
from handover.patients.team import rules, services
from handover.patients.team import selectors as team
from handover.patients.views.answers import refusal_of
from handover.patients.views.pages import page_context
from live.refusals import Invalid, Refusal

_PAGE = "patients/team.html"
LONGEST_SEARCH = 80
# No person has it: a choice that names none is refused as one that fits nobody.
NOBODY = UUID(int=0)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Who is named; with ?q= the colleagues to choose from; posted, one of them is named."""
    if request.method != "POST":
        return render(request, _PAGE, _context(request, patient_id))
    key, told = posted_key(request), request.POST
    hours = told.get("hours", "")
    refusal = refusal_of(
        request,
        lambda: services.name_to_team(
            request.actor,
            key=key,
            patient_id=patient_id,
            person_id=uuid_or_none(told.get("person", "")) or NOBODY,
            part=told.get("part", ""),
            hours=int(hours) if hours.isdecimal() and len(hours) < 3 else 0,
        ),
    )
    if refusal:
        return render(request, _PAGE, _context(request, patient_id, refusal), status=refusal.status)
    messages.success(request, _("Named. They see the patient from now on, and are told."))
    return done(request, reverse("patients:team", args=[patient_id]))


@signed_in
@require_POST
def take_off(request: SignedInRequest, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """Somebody is named no longer."""
    services.take_off_team(request.actor, key=posted_key(request), patient_id=patient_id, member_id=member_id)
    messages.success(request, _("Taken off the care team."))
    return done(request, reverse("patients:team", args=[patient_id]))


def _context(request: SignedInRequest, patient_id: UUID, refusal: Refusal | None = None) -> dict[str, Any]:
    page = selectors.patient_page(request.actor, patient_id)
    words = (request.POST.get("q") or request.GET.get("q", ""))[:LONGEST_SEARCH]
    return {
        **page_context(page),
        "tab": "team",
        "members": team.members(patient_id),
        "may_name": team.may_name(request.actor, patient_id),
        "words": words,
        "colleagues": team.colleagues(words),
        "parts": [(part, CareRelationship.Reason(part).label) for part in rules.PARTS],
        "hours": rules.COVER_HOURS,
        "typed": request.POST,
        "refusal": refusal,
        "wrong": refusal.fields if isinstance(refusal, Invalid) else {},
    }
