"""I disagree: both views in two lines, and the next of the chain is called; and what the owner thinks themselves."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, done, posted_key, wants_json
from handover.paging import services
from handover.paging.selectors import page_for
from handover.transfers.views.common import refused_to_script
from live.refusals import Invalid


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def disagree(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """The two lines; posted, the next one is called and the new page is shown."""
    if request.method != "POST":
        return _form(request, page_id)
    told = {name: request.POST.get(name, "").replace("\r\n", "\n")[:4000] for name in ("own_view", "other_view")}
    try:
        page = services.disagree(request.actor, key=posted_key(request), page_id=page_id, **told)
    except Invalid as refusal:
        if wants_json(request):
            return refused_to_script(refusal)
        return _form(request, page_id, refusal=refusal)
    return done(request, reverse("paging:page", args=[page.pk]))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def view(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """What the owner of the page before thinks; posted, it stands beside the view of whoever called the next."""
    if request.method != "POST":
        return _own_view(request, page_id)
    text = request.POST.get("text", "").replace("\r\n", "\n")[:4000]
    try:
        services.add_view(request.actor, key=posted_key(request), page_id=page_id, text=text)
    except Invalid as refusal:
        if wants_json(request):
            return refused_to_script(refusal)
        return _own_view(request, page_id, refusal=refusal)
    messages.success(request, _("Your view stands beside the other one. Whoever was called is told."))
    return done(request, reverse("paging:page", args=[page_id]))


def _own_view(request: SignedInRequest, page_id: UUID, *, refusal: Invalid | None = None) -> HttpResponse:
    found = page_for(request.actor, page_id)
    if "add_view" not in found.may:
        return SeeOther(reverse("paging:page", args=[page_id]))
    context = {"view": found, "page": found.page, "typed": request.POST, "errors": refusal.fields if refusal else {}}
    return render(request, "paging/view.html", context, status=refusal.status if refusal else 200)


def _form(request: SignedInRequest, page_id: UUID, *, refusal: Invalid | None = None) -> HttpResponse:
    view = page_for(request.actor, page_id)
    if "disagree" not in view.may:
        return SeeOther(reverse("paging:page", args=[page_id]))
    context = {"view": view, "page": view.page, "typed": request.POST, "errors": refusal.fields if refusal else {}}
    return render(request, "paging/disagree.html", context, status=refusal.status if refusal else 200)
