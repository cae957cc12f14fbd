"""Sending a handover, sending it anew, changing what was sent, and planning the move of one that was sent."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from handover.transfers import selectors, services
from handover.transfers.forms.compose import ComposeForm
from handover.transfers.forms.fields import act_key
from handover.transfers.forms.send import SendForm
from handover.transfers.selectors import HandoverPage
from handover.transfers.services import TransferPlan, Typed
from handover.transfers.views.common import done_with_handover, refused_to_script, wants_json
from handover.transfers.views.writing import (
    LEAVE_MINUTES,
    addressed,
    chosen_destinations,
    draw,
    kept,
    refused,
    typed_in,
)
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, Refusal


@signed_in
@require_http_methods(["GET", "POST"])
def send(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Sends: a draft with what is in its form, or, of one that was sent or declined, the same words to somebody else.

    What was typed and its sending are one act. The page is loaded only where it is drawn: to choose, or to say why not.
    """
    form, to = ComposeForm.posted(request.POST), SendForm.posted(request.POST)
    is_typed = "revision" in request.POST
    typed: Typed | None = None
    if request.method == "GET" or (request.POST.get("do") and not is_typed):
        return _address_page(request, handover_id, to)
    try:
        typed = typed_in(form) if is_typed else None
        recipient, plan = addressed(to)
        services.send_handover(
            request.actor,
            key=act_key(request.POST),
            handover_id=handover_id,
            to=recipient,
            transfer=plan,
            typed=typed,
        )
    except (Invalid, Conflict) as refusal:
        page = selectors.handover_page(request.actor, handover_id)
        if page.draft is None and typed is not None and "edit" in page.may:
            # Another tab has sent it: what was typed here goes on as a change of that.
            return refused(request, page, form=form, to=None, refusal=refusal)
        if page.draft is None:
            return _refused_address(request, page, to=to, refusal=refusal)
        return refused(request, page, form=kept(request, page, form, to=to), to=to, refusal=refusal)
    return done_with_handover(request, handover_id)


@signed_in
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Plans the move of a handover that was sent, or plans it anew: another unit, bed or time."""
    page = selectors.handover_page(request.actor, handover_id)
    to = SendForm.posted(request.POST)
    if request.method == "GET" or request.POST.get("do"):
        if "plan" not in page.may:
            return done_with_handover(request, handover_id)
        return _draw_address(request, page, to=to.step(request.POST.get("do", ""), now=timezone.now()), is_plan=True)
    try:
        chosen = to.move()
        wanted = TransferPlan(
            to_unit_id=chosen.unit_id, to_bed=chosen.bed, expected_departure=chosen.expected_departure
        )
        services.plan_transfer(request.actor, key=act_key(request.POST), handover_id=handover_id, plan=wanted)
    except (Invalid, Conflict) as refusal:
        return _refused_address(request, page, to=to, refusal=refusal, is_plan=True)
    return done_with_handover(request, handover_id)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Changes what was sent: a new version, which the receiver has to accept again."""
    page = selectors.handover_page(request.actor, handover_id)
    if page.document is None or (request.method == "GET" and "edit" not in page.may):
        return done_with_handover(request, handover_id)
    if request.method == "GET":
        return draw(request, page, form=ComposeForm.of(page.document.ipass, revision=page.document.number), to=None)
    form = ComposeForm.posted(request.POST)
    command = request.POST.get("do", "save")
    if command != "save":
        return draw(request, page, form=form.step(command, now=timezone.now()), to=None)
    try:
        services.edit_handover(
            request.actor,
            key=act_key(request.POST),
            handover_id=handover_id,
            ipass=form.ipass(earlier=page.document.ipass, now=timezone.now(), is_draft=False),
            seen_version=form.revision,
        )
    except (Invalid, Conflict) as refusal:
        return refused(request, page, form=form, to=None, refusal=refusal)
    return done_with_handover(request, handover_id)


@signed_in
@require_POST
def renew(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """The same words with the record as it is now: what unlocks a gate that vital signs have locked."""
    services.renew_handover(request.actor, key=act_key(request.POST), handover_id=handover_id)
    return done_with_handover(request, handover_id)


@signed_in
@require_GET
def recipients(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """The fragment with the people and duties of a chosen unit."""
    page = selectors.handover_page(request.actor, handover_id)
    to = SendForm(to_unit=request.GET.get("unit", ""))
    is_plan = request.GET.get("plan") == "1"
    return render(request, "transfers/_recipients.html", _address_context(request, page, to=to, is_plan=is_plan))


def _address_page(request: SignedInRequest, handover_id: UUID, to: SendForm) -> HttpResponse:
    """The page on which one that was sent or declined is sent to somebody else, after one of its own buttons."""
    page = selectors.handover_page(request.actor, handover_id)
    if page.draft is not None or "send" not in page.may:
        return done_with_handover(request, handover_id)
    return _draw_address(request, page, to=to.step(request.POST.get("do", ""), now=timezone.now()))


def _refused_address(
    request: SignedInRequest, page: HandoverPage, *, to: SendForm, refusal: Refusal, is_plan: bool = False
) -> HttpResponse:
    record_refusal(refusal, agent=request.actor.agent)
    if wants_json(request):
        return refused_to_script(refusal)
    if isinstance(refusal, Invalid):
        to = to.marked(refusal.fields)
    return _draw_address(request, page, to=to, refusal=refusal, is_plan=is_plan)


def _draw_address(
    request: SignedInRequest,
    page: HandoverPage,
    *,
    to: SendForm,
    refusal: Refusal | None = None,
    is_plan: bool = False,
) -> HttpResponse:
    context = {**_address_context(request, page, to=to, is_plan=is_plan), "refusal": refusal}
    return render(request, "transfers/send.html", context, status=refusal.status if refusal else 200)


def _address_context(request: SignedInRequest, page: HandoverPage, *, to: SendForm, is_plan: bool) -> dict[str, object]:
    return {
        "page": page,
        "to": to,
        "is_plan": is_plan,
        "destinations": chosen_destinations(request, page, to),
        "leave_minutes": LEAVE_MINUTES,
        "zone": timezone.get_current_timezone_name(),
    }
