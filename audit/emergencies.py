"""The officer's pages of emergency access: what waits for a finding, who was conspicuous, and one case to its end."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, posted_key, typed_words
from audit.selectors import record_numbers
from handover.patients.glass import selectors, services
from handover.patients.models import BreakGlass
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid

WORDS = 2000


@signed_in
@require_GET
def emergencies(request: SignedInRequest) -> HttpResponse:
    """Every case that waits, the soonest due first; the last that were closed; and the latest alerts."""
    found, now = selectors.cases(request.actor), timezone.now()
    context = {
        "waiting": [(row, selectors.is_overdue(row, at=now)) for row in found.waiting],
        "closed": found.closed,
        "alerts": found.alerts,
    }
    return render(request, "audit/emergencies.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: SignedInRequest, glass_id: UUID) -> HttpResponse:
    """One case: the reason, the question and its answer, and the finding that closes it."""
    refusal: Invalid | Conflict | None = None
    typed = {name: typed_words(request, name, most=WORDS) for name in ("question", "finding", "note")}
    if request.method == "POST":
        try:
            _act(request, glass_id, typed)
            return SeeOther(reverse("audit:emergency", args=[glass_id]))
        except (Invalid, Conflict) as exc:
            record_refusal(exc, agent=request.actor.agent)
            refusal = exc
    case = selectors.case_for(request.actor, glass_id)
    context = {
        "case": case,
        "row": case.glass,
        "is_overdue": selectors.is_overdue(case.glass, at=timezone.now()),
        "number": record_numbers({case.glass.patient_id}).get(case.glass.patient_id, ""),
        "findings": BreakGlass.Finding.choices,
        "typed": typed,
        "refusal": refusal,
    }
    return render(request, "audit/emergency.html", context, status=refusal.status if refusal else 200)


def _act(request: SignedInRequest, glass_id: UUID, typed: dict[str, str]) -> None:
    key = posted_key(request)
    if request.POST.get("act") == "ask":
        services.ask(request.actor, key=key, glass_id=glass_id, question=typed["question"])
    else:
        services.find(request.actor, key=key, glass_id=glass_id, finding=typed["finding"], note=typed["note"])
