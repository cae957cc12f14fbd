"""The page of one handover for whoever opens it, and the fragments of it that stay fresh by themselves."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from handover.patients.glass.selectors import running_of
from handover.transfers import selectors
from handover.transfers.essentials import essentials
from handover.transfers.forms.receive import QUICK_QUESTIONS
from handover.transfers.selectors import HandoverPage
from handover.transfers.views.steps import next_step, rungs_of_reader
from handover.transfers.wording import differences, locks

FRAGMENTS = frozenset(
    [
        "brief",
        "changed",
        "checklist",
        "coming",
        "dock",
        "end",
        "gate",
        "ladder",
        "questions",
        "start",
        "status",
        "synthesis",
        "text",
    ]
)


@signed_in
@require_GET
def handover(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """The sender's view, or the receiver's; a draft opens where it is written."""
    page = selectors.handover_page(request.actor, handover_id)
    if page.document is None:
        return HttpResponseRedirect(reverse("transfers:compose", args=[handover_id]))
    template = "transfers/receive.html" if page.role == "receiver" else "transfers/sent.html"
    context = context_of(request, page)
    # Whoever neither sent nor receives it may be here by emergency access, and is told so on this page as well.
    is_other = page.role == "other"
    context["glass"] = running_of(request.actor, page.handover.patient_id) if is_other else None
    context["patient_id"] = page.handover.patient_id
    return render(request, template, context)


@signed_in
@require_GET
def fragment(request: SignedInRequest, handover_id: UUID, name: str) -> HttpResponse:
    """One part of the page as it stands now: gate, ladder, questions, status, dock, synthesis, checklist."""
    page = selectors.handover_page(request.actor, handover_id)
    return render(request, f"transfers/_{name}.html", context_of(request, page))


def context_of(request: SignedInRequest, page: HandoverPage) -> dict[str, Any]:
    """What both views and all fragments of a handover draw from."""
    summary = page.document.summary if page.document else page.summary
    severity = page.document.ipass.illness_severity if page.document else None
    told = essentials(summary, severity=severity, now=timezone.now())
    rungs = rungs_of_reader(page, request.actor.person.pk)
    step = next_step(page, rungs)
    is_receiver = page.role == "receiver"
    return {
        "page": page,
        "handover": page.handover,
        "ipass": page.document.ipass if page.document else None,
        "essentials": told,
        "locks": locks(page.gate or ()),
        "differences": differences(page.changes),
        "quick_questions": QUICK_QUESTIONS,
        "is_receiver": is_receiver,
        "my_rungs": rungs,
        "step": step,
        "next": selectors.next_from(request.actor, page.handover) if is_receiver and step == "patient" else None,
        "waits_for_second": _waits_for_second(page),
        "open_questions": [question for question in page.questions if question.is_open],
    }


def _waits_for_second(page: HandoverPage) -> bool:
    """Whether an override was asked for that a second person still has to approve: another one is not offered then."""
    asked = page.transfer.override if page.transfer else None
    return asked is not None and asked.approved is None and not asked.is_emergency
