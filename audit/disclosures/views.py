"""The officer's pages of disclosures: a patient's accounting, its document, what is written down, and silence."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, posted_key
from accounts.forms import say_at_fields
from accounts.stepup import fresh_factor
from audit.disclosures import selectors, services
from audit.disclosures.documents import Words
from audit.disclosures.forms import DisclosureForm, SilenceForm, SpanForm
from audit.disclosures.pdf import as_pdf
from audit.disclosures.rules import years_before
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid

LINES_A_PAGE = 50


@signed_in
@require_GET
def accounting(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """To whom something about this patient went, six years back; and for the officer what the patient is not told."""
    return _page(request, patient_id, SpanForm(request.GET))


@require_POST
@signed_in
@fresh_factor
def report(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The PDF for the patient. It is on record as made, and as a disclosure to the patient."""
    form = SpanForm(request.POST)
    if not form.is_valid():
        return _page(request, patient_id, form)
    found = selectors.accounting_to_give(request.actor, patient_id, **form.cleaned_data)
    name = f"readback-disclosures-{timezone.localtime(found.made):%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_pdf(found), content_type="application/pdf", headers=headers)


@sensitive_post_parameters()
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def disclosure(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The form of a disclosure that was made by letter, by telephone or otherwise outside this product."""
    form = DisclosureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _took(request, form, lambda: _write(request, patient_id, form)):
        messages.success(request, _("Written down. It is in the patient's accounting."))
        return SeeOther(reverse("audit:accounting", args=[patient_id]))
    number = selectors.number_for(request.actor, patient_id)
    context = {"form": form, "patient_id": patient_id, "number": number}
    return render(request, "disclosures/disclosure.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_factor
def suspend(request: SignedInRequest, disclosure_id: UUID) -> HttpResponse:
    """The form of an agency's statement that the patient is not to be told yet."""
    form = SilenceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _took(request, form, lambda: _silence(request, disclosure_id, form)):
        messages.success(request, _("Noted. Until that day is over, the patient is not told of it."))
        found = selectors.agencys(request.actor, disclosure_id)
        return SeeOther(reverse("audit:accounting", args=[found.disclosure.patient_id]))
    found = selectors.agencys(request.actor, disclosure_id)
    context = {"form": form, "found": found, "patient_id": found.disclosure.patient_id}
    return render(request, "disclosures/suspend.html", context, status=422 if form.errors else 200)


def _page(request: SignedInRequest, patient_id: UUID, form: SpanForm) -> HttpResponse:
    dates: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    found = selectors.accounting(request.actor, patient_id, **dates)
    context = {
        "form": form,
        "found": found,
        "page": Paginator(found.lines, LINES_A_PAGE).get_page(request.GET.get("page")),
        "is_shortened": bool(dates.get("since") and dates["since"] < found.since),
        "earliest": years_before(timezone.localdate()),
        "today": timezone.localdate(),
    }
    return render(request, "disclosures/accounting.html", context, status=422 if form.errors else 200)


def _took(request: SignedInRequest, form: DisclosureForm | SilenceForm, act: Any) -> bool:
    """Whether the form was good and the act was done; else what is wrong stands at the fields, and nothing is lost."""
    if not form.is_valid():
        return False
    try:
        act()
    except (Invalid, Conflict) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        say_at_fields(form, refusal)
        if not getattr(refusal, "fields", {}):
            form.add_error(None, str(refusal))
        return False
    return True


def _write(request: SignedInRequest, patient_id: UUID, form: DisclosureForm) -> None:
    told = form.cleaned_data
    words = Words(**{name: told[name] for name in ("recipient", "address", "what", "purpose")})
    by_hand = services.ByHand(told["made_on"], told["basis"], words)
    services.record_by_hand(request.actor, key=posted_key(request), patient_id=patient_id, told=by_hand)


def _silence(request: SignedInRequest, disclosure_id: UUID, form: SilenceForm) -> None:
    told = services.Silence(**form.cleaned_data)
    services.suspend(request.actor, key=posted_key(request), disclosure_id=disclosure_id, told=told)
