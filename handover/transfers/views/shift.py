"""Handing over all of one's patients at the end of a shift: the receiver once, how ill each, and one tap that sends.

Each patient is an act of its own with a key of its own: one that is refused says why on its card, the others are sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import uuid_or_none
from handover.transfers import selectors, services
from handover.transfers.destinations import Destinations, destinations
from handover.transfers.documents import Ipass
from handover.transfers.drawing import CardView, card_view
from handover.transfers.forms.send import SendForm
from handover.transfers.forms.shift import ShiftEntry, ShiftForm
from handover.transfers.models import Handover
from handover.transfers.selectors import ShiftCard, ShiftPage
from handover.transfers.services import Recipient, Typed
from handover.transfers.views.common import SeeOther, refused_to_script, second_key, wants_json
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, Refusal


@signed_in
@require_http_methods(["GET", "POST"])
def shift(request: SignedInRequest) -> HttpResponse:
    """The page, and the one button of it: sends every card that says how ill the patient is."""
    page = selectors.shift_page(request.actor, at=timezone.now())
    if request.method == "GET":
        to = SendForm(
            to_unit=request.GET.get("to_unit", str(request.actor.unit_id or "")), to=request.GET.get("to", "")
        )
        return _draw(request, page, ShiftForm(to=to, entries={}))
    form = ShiftForm.posted(request.POST)
    if request.POST.get("do") == "choose_unit":
        return _draw(request, page, form)
    try:
        recipient = _recipient(request, form)
    except (Invalid, Conflict) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        if wants_json(request):
            return refused_to_script(refusal)
        to = form.to.marked(refusal.fields) if isinstance(refusal, Invalid) else form.to
        return _draw(request, page, ShiftForm(to, form.entries), refusal=refusal)
    return _answer(request, form, _send_each(request, page, form, recipient))


@signed_in
@require_GET
def facts(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """What one card shows, as it stands now."""
    card = selectors.shift_card(request.actor, patient_id, at=timezone.now())
    view = card_view(card, ShiftEntry(patient_id), now=timezone.now())
    return render(request, "transfers/_shift_facts.html", {"card": view})


@signed_in
@require_GET
def sent(request: SignedInRequest) -> HttpResponse:
    """Where each handover of this shift is now."""
    found = selectors.shift_sent(request.actor, at=timezone.now())
    return render(request, "transfers/_shift_sent.html", {"sent": found})


@signed_in
@require_GET
def recipients(request: SignedInRequest) -> HttpResponse:
    """The people and duties of a chosen unit."""
    to = SendForm(to_unit=request.GET.get("unit", ""))
    return render(request, "transfers/_recipients.html", _address(request, to))


@dataclass(frozen=True)
class _Sent:
    """What became of each card that was to be sent: the words of a refusal, or None."""

    outcomes: Mapping[UUID, Refusal | None]

    @property
    def refused(self) -> dict[UUID, Refusal]:
        return {patient_id: refusal for patient_id, refusal in self.outcomes.items() if refusal is not None}


def _recipient(request: SignedInRequest, form: ShiftForm) -> Recipient:
    """Who takes over, chosen once for all, and somebody who is there. The patients stay, so no move is planned."""
    chosen = form.to.destination()
    if not any(entry.severity for entry in form.entries.values()):
        raise Invalid(_("Nobody is ready yet. Say of each patient how ill they are now."), code="nobody_ready")
    recipient = Recipient(address=chosen.address, person_id=chosen.person_id, unit_id=chosen.unit_id)
    services.address_for(recipient, author_id=request.actor.person.pk, now=timezone.now())
    return recipient


def _send_each(request: SignedInRequest, page: ShiftPage, form: ShiftForm, to: Recipient) -> _Sent:
    """One patient after the other, the most urgent first. A refusal of one keeps no other from being sent."""
    cards = {card.patient_id: card for card in page.cards}
    gone = {each.handover.patient_id for each in page.sent}
    outcomes: dict[UUID, Refusal | None] = {}
    for patient_id in [*cards, *(each for each in form.entries if each not in cards)]:
        entry = form.entries.get(patient_id)
        if entry is None or not entry.severity:
            continue
        try:
            if patient_id in cards:
                _send(request, cards[patient_id], entry, to)
            elif patient_id not in gone:
                words = _("This patient is no longer yours: somebody has accepted them, or taken them over.")
                raise Conflict(words, code="not_mine", patient_id=patient_id)
            outcomes[patient_id] = None
        except Refusal as refusal:
            refusal.act = refusal.act or "handover.sent"
            record_refusal(refusal, agent=request.actor.agent)
            outcomes[patient_id] = refusal
    return _Sent(outcomes)


def _send(request: SignedInRequest, card: ShiftCard, entry: ShiftEntry, to: Recipient) -> None:
    """The draft, and the sending with what was typed: two acts, each done once however often it is asked for."""
    if entry.seen != card.seen:
        words = _("The record has changed since you looked. Look at what is new, and say anew how ill they are.")
        raise Conflict(words, code="moved_on", patient_id=card.patient_id)
    ipass = entry.form(card.ipass, revision=card.draft_revision).ipass(
        earlier=Ipass(), now=timezone.now(), is_draft=False
    )
    # A card's key counts for its patient alone: the same key on another card must not lead to this one's draft.
    key = second_key(entry.key, str(card.patient_id))
    draft = services.draft_handover(request.actor, key=second_key(key, "draft"), patient_id=card.patient_id)
    revision = _without_severity(request, card, draft)
    services.send_handover(
        request.actor,
        key=second_key(key, "send"),
        handover_id=draft.pk,
        to=to,
        typed=Typed(ipass=ipass, revision=revision),
    )


def _without_severity(request: SignedInRequest, card: ShiftCard, draft: Handover) -> int:
    """The draft's revision once it says nothing of how ill: that is said anew, also where a draft said the same."""
    if draft.status != Handover.Status.DRAFT or card.ipass.illness_severity is None:
        return draft.draft_revision
    unsaid = card.ipass.model_copy(update={"illness_severity": None})
    return services.save_draft(
        request.actor, key=None, handover_id=draft.pk, ipass=unsaid, revision=draft.draft_revision
    )


def _answer(request: SignedInRequest, form: ShiftForm, sent: _Sent) -> HttpResponse:
    refused = sent.refused
    if wants_json(request):
        body = {
            "ok": True,
            "sent": [str(each) for each in sent.outcomes if each not in refused],
            "refused": {
                str(each): {"words": _words(refusal), "again": not isinstance(refusal, Invalid)}
                for each, refusal in refused.items()
            },
        }
        return JsonResponse(body)
    if not refused:
        chosen = urlencode({"to_unit": form.to.to_unit, "to": form.to.to})
        return SeeOther(f"{reverse('transfers:shift')}?{chosen}")
    entries = {patient_id: _refused(entry, refused.get(patient_id)) for patient_id, entry in form.entries.items()}
    page = selectors.shift_page(request.actor, at=timezone.now())
    return _draw(request, page, ShiftForm(form.to, entries), status=Conflict.status)


def _refused(entry: ShiftEntry, refusal: Refusal | None) -> ShiftEntry:
    """The card as it was typed, with why it stayed; how ill is said anew where something has moved."""
    if refusal is None:
        return entry
    again = entry.data if isinstance(refusal, Invalid) else {**entry.data, "illness_severity": ""}
    return replace(entry, data=again, wrong=_words(refusal))


def _words(refusal: Refusal) -> str:
    fields = refusal.fields.values() if isinstance(refusal, Invalid) else ()
    return " ".join(dict.fromkeys(str(words) for words in (*fields,) or (refusal.message,)))


def _draw(
    request: SignedInRequest,
    page: ShiftPage,
    form: ShiftForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    cards: list[CardView] = [
        card_view(card, form.entries.get(card.patient_id) or ShiftEntry(card.patient_id), now=now)
        for card in page.cards
    ]
    context = {
        **_address(request, form.to),
        "page": page,
        "cards": cards,
        "sent": page.sent,
        "ready": sum(1 for card in cards if card.form.severity),
        "refusal": refusal,
        "is_refused": any(card.wrong for card in cards),
    }
    return render(request, "transfers/shift.html", context, status=refusal.status if refusal else status)


def _address(request: SignedInRequest, to: SendForm) -> dict[str, Any]:
    chosen = uuid_or_none(to.to_unit)
    found: Destinations = destinations(
        own_unit_id=chosen or request.actor.person.pk, chosen_id=chosen, writer=request.actor.person
    )
    return {"to": to, "destinations": found, "is_shift": True}
