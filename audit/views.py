"""The officer's page: the record, narrowed by a posted form, read page by page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther
from audit.forms import SearchForm
from audit.lookups import look_up
from audit.searches import Search
from audit.selectors import EventsPage, events_page, require_officer


@sensitive_post_parameters("record_number")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def events(request: SignedInRequest) -> HttpResponse:
    """The events that the address asks for; a posted search is answered with the address that asks for it."""
    if request.method == "POST":
        return _searched(request)
    page = events_page(request.actor, Search.parse(request.GET))
    chosen = next((row for row in page.rows if str(row.event.pk) == request.GET.get("event")), None)
    return render(request, "audit/events.html", {"page": page, "form": _form_of(page), "chosen": chosen})


def _searched(request: SignedInRequest) -> HttpResponse:
    require_officer(request.actor)
    form, offered = SearchForm(request.POST), []
    if form.is_valid():
        asked = look_up(request.actor, **form.cleaned_data)
        if asked.is_clear:
            return SeeOther(reverse("audit:events") + asked.search.address())
        for field, words in asked.wrong.items():
            form.add_error(field, words)
        offered = [(person, asked.search.address(person_id=person.pk)) for person in asked.people]
    return render(request, "audit/events.html", {"form": form, "offered": offered}, status=422)


def _form_of(page: EventsPage) -> SearchForm:
    return SearchForm(
        initial={
            "record_number": page.record_numbers[0] if page.record_numbers else "",
            "person": page.person.email if page.person else "",
            "day": page.search.day,
            "outcome": page.search.outcome,
        }
    )
