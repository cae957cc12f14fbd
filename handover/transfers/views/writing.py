"""What the writing views share: drawing the page with what was typed, saving it, and where it goes."""

from dataclasses import replace
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import SignedInRequest
from accounts.answers import uuid_or_none
from handover.transfers import selectors, services
from handover.transfers.destinations import Destinations, destinations
from handover.transfers.documents import Ipass
from handover.transfers.essentials import essentials
from handover.transfers.forms.compose import ComposeForm
from handover.transfers.forms.send import SendForm
from handover.transfers.selectors import HandoverPage
from handover.transfers.services import Recipient, TransferPlan, Typed
from handover.transfers.views.common import refused_to_script, wants_json
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, Refusal

DUE_MINUTES = (60, 120, 240)
LEAVE_MINUTES = (30, 60, 120)


def draw(
    request: SignedInRequest,
    page: HandoverPage,
    *,
    form: ComposeForm,
    to: SendForm | None,
    refusal: Refusal | None = None,
    is_saved: bool = False,
) -> HttpResponse:
    """The writing page with what was typed; `to` is None where the receiver is already known (an edit)."""
    stored = selectors.draft_of(request.actor, page.handover.pk) if page.draft is not None else None
    context = {
        "page": page,
        "form": form.with_unchanged(page.unchanged).with_rows(),
        "to": to,
        "destinations": chosen_destinations(request, page, to) if to else None,
        "essentials": essentials(page.summary, severity=page.headline.illness_severity, now=timezone.now()),
        "missing": stored.missing if stored else page.quality_missing,
        "disagreement": stored.disagreement if stored else page.disagreement,
        "refusal": refusal,
        "is_conflict": isinstance(refusal, Conflict),
        "is_saved": is_saved,
        "is_edit": to is None,
        "due_minutes": DUE_MINUTES,
        "leave_minutes": LEAVE_MINUTES,
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "transfers/compose.html", context, status=refusal.status if refusal else 200)


def save_typed(request: SignedInRequest, page: HandoverPage, form: ComposeForm, *, to: SendForm) -> ComposeForm:
    """Saves what was typed and chosen where it differs from the draft; the form with the new revision comes back.

    Raises Invalid, with a field for each thing that cannot be taken, and Conflict when another device saved meanwhile.
    """
    if page.draft is None:
        return form
    ipass = form.ipass(earlier=page.draft, now=timezone.now(), is_draft=True)
    if ipass == page.draft and to.kept() == page.draft_address:
        return replace(form, revision=page.draft_revision)
    revision = services.save_draft(
        # A key of its own: the form's is the sending's, and the same words are not saved twice.
        request.actor,
        key=uuid4(),
        handover_id=page.handover.pk,
        ipass=ipass,
        revision=form.revision,
        address=to.kept(),
    )
    return replace(form, revision=revision)


def typed_in(form: ComposeForm) -> Typed:
    """What is to be sent as it was typed; Invalid, with a field for each thing that cannot be taken."""
    # Since when the severity stands is for the act to say: it has the draft.
    return Typed(ipass=form.ipass(earlier=Ipass(), now=timezone.now(), is_draft=False), revision=form.revision)


def kept(request: SignedInRequest, page: HandoverPage, form: ComposeForm, *, to: SendForm) -> ComposeForm:
    """The form after a refused sending: its words are in the draft, unless no draft can hold them or it moved on."""
    try:
        return save_typed(request, page, form, to=to)
    except (Invalid, Conflict):
        return form


def refused(
    request: SignedInRequest, page: HandoverPage, *, form: ComposeForm, to: SendForm | None, refusal: Refusal
) -> HttpResponse:
    """The page again with everything that was typed and the words of the refusal; the words alone for a script.

    The refusal is on the record: the edge, which records the others, does not see it.
    """
    record_refusal(refusal, agent=request.actor.agent)
    if wants_json(request):
        return refused_to_script(refusal)
    if isinstance(refusal, Invalid):
        form = form.marked(refusal.fields)
        to = to.marked(refusal.fields) if to else None
    else:
        page = selectors.handover_page(request.actor, page.handover.pk)
        stored = page.draft or (page.document.ipass if page.document else None)
        number = page.draft_revision if page.draft is not None else page.document.number if page.document else 0
        if stored is not None and number != form.revision:
            form = form.beside(ComposeForm.of(stored, revision=number))
    return draw(request, page, form=form, to=to, refusal=refusal)


def addressed(to: SendForm) -> tuple[Recipient, TransferPlan]:
    """The receiver, and the plan of the move if the chosen unit is another one; Invalid with fields otherwise."""
    chosen = to.destination()
    recipient = Recipient(address=chosen.address, person_id=chosen.person_id, unit_id=chosen.unit_id)
    plan = TransferPlan(
        to_unit_id=chosen.unit_id, to_bed=chosen.bed, expected_departure=chosen.expected_departure, may_stay=True
    )
    return recipient, plan


def chosen_destinations(request: SignedInRequest, page: HandoverPage, to: SendForm) -> Destinations:
    """The units, and who is on duty in the chosen one."""
    return destinations(
        own_unit_id=page.handover.author_unit_id, chosen_id=uuid_or_none(to.to_unit), writer=request.actor.person
    )
