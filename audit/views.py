"""The officer's pages: the record, narrowed by a posted form, its two timelines, and the overrides to review."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, posted_key, typed_words
from audit.find import EventsPage, events_page
from audit.forms import SearchForm
from audit.lookups import look_up
from audit.outgoing.models import Form
from audit.outgoing.selectors import how_many_wait
from audit.retention import selectors as retention
from audit.searches import Search
from audit.selectors import all_units, record_numbers, require_officer
from audit.timelines import patient_timeline, person_day
from handover.transfers import selectors, services
from handover.transfers.models import Override
from ledger.services import record_refusal
from live.refusals import Invalid

NOTE_CHARACTERS = 2000
ONE_DAY = timedelta(days=1)


@sensitive_post_parameters("record_number")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def events(request: SignedInRequest) -> HttpResponse:
    """The events that the address asks for; a posted search is answered with the address that asks for it."""
    if request.method == "POST":
        return _searched(request)
    page = events_page(request.actor, Search.parse(request.GET))
    chosen = next((row for row in page.rows if str(row.event.pk) == request.GET.get("event")), None)
    context = {
        "page": page,
        "form": _form_of(request, page),
        "chosen": chosen,
        "forms": Form.choices,
        "exports_wait": how_many_wait(request.actor),
        "decisions_wait": retention.how_many_wait(request.actor),
    }
    return render(request, "audit/events.html", context)


@signed_in
@require_GET
def patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Who saw this patient, and why: day by day, newest first."""
    asked = Search.parse(request.GET)
    search = Search(patient_ids=(patient_id,), since=asked.since, until=asked.until, older_than=asked.older_than)
    return render(request, "audit/patient.html", {"page": patient_timeline(request.actor, search)})


@signed_in
@require_GET
def person(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """A person's day, from sign-in to sign-out; today where the address names no day."""
    asked = Search.parse(request.GET)
    day = timezone.localtime(asked.since).date() if asked.since else timezone.localdate()
    page = person_day(request.actor, person_id, day, older_than=asked.older_than)
    context = {"page": page, "before": day - ONE_DAY, "after": day + ONE_DAY, "today": timezone.localdate()}
    return render(request, "audit/person.html", context)


@signed_in
@require_GET
def overrides(request: SignedInRequest) -> HttpResponse:
    """Every override that gave way and waits for a review, oldest first, and those that were reviewed last."""
    require_officer(request.actor)
    reviews = selectors.overrides_to_review(request.actor)
    numbers = record_numbers({row.patient_id for row in (*reviews.waiting, *reviews.reviewed)})
    return render(
        request,
        "audit/overrides.html",
        {
            "waiting": [(row, numbers.get(row.patient_id, "")) for row in reviews.waiting],
            "reviewed": [(row, numbers.get(row.patient_id, "")) for row in reviews.reviewed],
        },
    )


@signed_in
@require_http_methods(["GET", "POST"])
def override(request: SignedInRequest, override_id: UUID) -> HttpResponse:
    """One override with its reason, and the officer's verdict."""
    require_officer(request.actor)
    refusal: Invalid | None = None
    verdict, note = request.POST.get("verdict", ""), typed_words(request, "note", most=NOTE_CHARACTERS)
    if request.method == "POST":
        try:
            key = posted_key(request)
            services.review_override(request.actor, key=key, override_id=override_id, verdict=verdict, note=note)
            return SeeOther(reverse("audit:overrides"))
        except Invalid as exc:
            record_refusal(exc, agent=request.actor.agent)
            refusal = exc
    row = selectors.override_to_review(request.actor, override_id)
    number = record_numbers({row.patient_id}).get(row.patient_id, "")
    context = {
        "row": row,
        "number": number,
        "verdicts": Override.Verdict.choices,
        "verdict": verdict,
        "note": note,
        "refusal": refusal,
    }
    return render(request, "audit/override.html", context, status=refusal.status if refusal else 200)


def _searched(request: SignedInRequest) -> HttpResponse:
    require_officer(request.actor)
    form, offered = SearchForm(request.POST, units=all_units(request.actor)), []
    if form.is_valid():
        asked = look_up(request.actor, form.cleaned_data)
        if asked.is_clear:
            return SeeOther(reverse("audit:events") + asked.search.address_of())
        for field, words in asked.wrong.items():
            form.add_error(field, words)
        offered = [(person, asked.search.address_of(person_id=person.pk)) for person in asked.people]
    return render(request, "audit/events.html", {"form": form, "offered": offered}, status=422)


def _form_of(request: SignedInRequest, page: EventsPage) -> SearchForm:
    search = page.search
    return SearchForm(
        units=all_units(request.actor),
        initial={
            "record_number": page.record_numbers[0] if page.record_numbers else "",
            "person": page.person.email if page.person else "",
            "unit": str(search.unit_id or ""),
            "act": search.act,
            "outcome": search.outcome,
            "relationship": search.relationship,
            "device": search.device,
            "address": search.address,
            "since": search.since,
            "until": search.until,
        },
    )
