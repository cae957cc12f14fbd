"""The officer's pages of evidence: one transfer or one event, the file that proves it, and the verifier beside it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther
from accounts.stepup import fresh_factor
from audit.evidence.exporting import REASONS, export_event, export_transfer
from audit.evidence.fingerprints import fingerprint_of
from audit.evidence.leaving import Recipient
from audit.evidence.pages import event_row, evidence_page
from audit.evidence.transfers import transfer_of
from audit.selectors import require_officer
from ledger.evidence import shipped_file
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid


@signed_in
@require_GET
def transfer(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """What happened in a transfer, and the form to take it out."""
    return _transfer_page(request, transfer_id)


@signed_in
@fresh_factor
@require_POST
def transfer_evidence(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """The file of a transfer."""
    reason, has_content = request.POST.get("reason", ""), request.POST.get("content") == "included"
    try:
        pack = export_transfer(request.actor, transfer_id, reason=reason, has_content=has_content, to=_to(request))
    except (Invalid, Conflict) as exc:
        record_refusal(exc, agent=request.actor.agent)
        return _transfer_page(request, transfer_id, refusal=exc)
    return _file(pack, f"readback-evidence-{str(transfer_id)[:8]}-{timezone.now():%Y%m%d-%H%M%S}.zip")


@signed_in
@require_GET
def event(request: SignedInRequest, event_id: int) -> HttpResponse:
    """The evidence that an event belongs to: its transfer's, or that of the event alone."""
    row = event_row(request.actor, event_id)
    transfer_id = transfer_of(row.event)
    if transfer_id is not None:
        return SeeOther(reverse("audit:transfer", args=[transfer_id]))
    return _event_page(request, event_id)


@signed_in
@fresh_factor
@require_POST
def event_evidence(request: SignedInRequest, event_id: int) -> HttpResponse:
    """The file of one event."""
    try:
        pack = export_event(request.actor, event_id, reason=request.POST.get("reason", ""), to=_to(request))
    except (Invalid, Conflict) as exc:
        record_refusal(exc, agent=request.actor.agent)
        return _event_page(request, event_id, refusal=exc)
    return _file(pack, f"readback-evidence-event-{event_id}.zip")


@signed_in
@require_GET
def verifier(request: SignedInRequest) -> HttpResponse:
    """The page that verifies, as a file: it is opened from a disk, without this server."""
    require_officer(request.actor)
    return _file(shipped_file("verify.html"), "readback-verifier.html")


def _transfer_page(
    request: SignedInRequest, transfer_id: UUID, *, refusal: Invalid | Conflict | None = None
) -> HttpResponse:
    context = {
        "page": evidence_page(request.actor, transfer_id),
        "reasons": REASONS.items(),
        "typed": request.POST,
        "refusal": refusal,
        **fingerprint_of(),
    }
    return render(request, "audit/transfer.html", context, status=refusal.status if refusal else 200)


def _event_page(request: SignedInRequest, event_id: int, *, refusal: Invalid | Conflict | None = None) -> HttpResponse:
    context = {
        "row": event_row(request.actor, event_id),
        "reasons": REASONS.items(),
        "typed": request.POST,
        "refusal": refusal,
        **fingerprint_of(),
    }
    return render(request, "audit/event_evidence.html", context, status=refusal.status if refusal else 200)


def _to(request: SignedInRequest) -> Recipient:
    return Recipient.typed(request.POST.get("recipient", ""), request.POST.get("address", ""))


def _file(content: bytes, name: str) -> HttpResponse:
    kind = "application/zip" if name.endswith(".zip") else "text/html; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)
