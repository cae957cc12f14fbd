"""The officer's pages of evidence: a transfer, a conversation, a page or one event, and the file that proves it."""

from typing import Any, TypedDict
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther
from accounts.stepup import fresh_factor
from audit.evidence.exporting import REASONS, export_event, export_page, export_thread, export_transfer
from audit.evidence.fingerprints import fingerprint_of
from audit.evidence.leading import place_of
from audit.evidence.leaving import Recipient
from audit.evidence.pages import event_row, evidence_page
from audit.evidence.talking import paged_page, thread_page
from audit.evidence.threads import LAST, Span
from audit.selectors import require_officer
from ledger.evidence import shipped_file
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid

# Numbers of more digits are of no message.
_DIGITS = 10


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
    try:
        pack = export_transfer(request.actor, transfer_id, **_asked(request))
    except (Invalid, Conflict) as exc:
        record_refusal(exc, agent=request.actor.agent)
        return _transfer_page(request, transfer_id, refusal=exc)
    return _file(pack, f"readback-evidence-{str(transfer_id)[:8]}-{timezone.now():%Y%m%d-%H%M%S}.zip")


@signed_in
@require_GET
def thread(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """What happened in a conversation, and the form to take it out."""
    return _thread_page(request, thread_id, _span(request.GET))


@signed_in
@fresh_factor
@require_POST
def thread_evidence(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """The file of a conversation, of the messages that were asked for."""
    span = _span(request.POST)
    try:
        pack = export_thread(request.actor, thread_id, **_asked(request), span=span)
    except (Invalid, Conflict) as exc:
        record_refusal(exc, agent=request.actor.agent)
        return _thread_page(request, thread_id, span, refusal=exc)
    return _file(pack, f"readback-evidence-conversation-{str(thread_id)[:8]}-{timezone.now():%Y%m%d-%H%M%S}.zip")


@signed_in
@require_GET
def page(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """What happened to a page, and the form to take it out."""
    return _paged_page(request, page_id)


@signed_in
@fresh_factor
@require_POST
def page_evidence(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """The file of a page."""
    try:
        pack = export_page(request.actor, page_id, **_asked(request))
    except (Invalid, Conflict) as exc:
        record_refusal(exc, agent=request.actor.agent)
        return _paged_page(request, page_id, refusal=exc)
    return _file(pack, f"readback-evidence-page-{str(page_id)[:8]}-{timezone.now():%Y%m%d-%H%M%S}.zip")


@signed_in
@require_GET
def event(request: SignedInRequest, event_id: int) -> HttpResponse:
    """The evidence that an event belongs to: of its transfer, conversation or page, or that of the event alone."""
    row = event_row(request.actor, event_id)
    place = place_of(row.event)
    if place is not None:
        return SeeOther(reverse(place[0], args=[place[1]]))
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


Refused = Invalid | Conflict | None


def _transfer_page(request: SignedInRequest, transfer_id: UUID, *, refusal: Refused = None) -> HttpResponse:
    return _shown(request, "transfer", {"page": evidence_page(request.actor, transfer_id)}, refusal)


def _thread_page(request: SignedInRequest, thread_id: UUID, span: Span, *, refusal: Refused = None) -> HttpResponse:
    return _shown(request, "thread", {"page": thread_page(request.actor, thread_id, span)}, refusal)


def _paged_page(request: SignedInRequest, page_id: UUID, *, refusal: Refused = None) -> HttpResponse:
    return _shown(request, "page", {"page": paged_page(request.actor, page_id)}, refusal)


def _event_page(request: SignedInRequest, event_id: int, *, refusal: Refused = None) -> HttpResponse:
    return _shown(request, "event_evidence", {"row": event_row(request.actor, event_id)}, refusal)


def _shown(request: SignedInRequest, name: str, own: dict[str, Any], refusal: Refused) -> HttpResponse:
    """The page with the form to take it out, filled as it was typed where it was refused."""
    context = {
        **own,
        "reasons": REASONS.items(),
        "typed": request.POST,
        "refusal": refusal,
        **fingerprint_of(),
    }
    return render(request, f"audit/{name}.html", context, status=refusal.status if refusal else 200)


def _span(typed: QueryDict) -> Span:
    """The messages that were asked for; all of them where no number was typed, or none that could be one."""
    first, last = typed.get("first", "").strip(), typed.get("last", "").strip()
    is_number = {each: each.isascii() and each.isdigit() and len(each) < _DIGITS for each in (first, last)}
    return Span(int(first) if is_number[first] else 1, int(last) if is_number[last] else LAST)


def _asked(request: SignedInRequest) -> "Asked":
    has_content = request.POST.get("content") == "included"
    return {"reason": request.POST.get("reason", ""), "has_content": has_content, "to": _to(request)}


class Asked(TypedDict):
    """What the form says of an export."""

    reason: str
    has_content: bool
    to: Recipient


def _to(request: SignedInRequest) -> Recipient:
    return Recipient.typed(request.POST.get("recipient", ""), request.POST.get("address", ""))


def _file(content: bytes, name: str) -> HttpResponse:
    kind = "application/zip" if name.endswith(".zip") else "text/html; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)
