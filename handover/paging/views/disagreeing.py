"""I disagree: both views in two lines, and the next of the chain is called."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
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


def _form(request: SignedInRequest, page_id: UUID, *, refusal: Invalid | None = None) -> HttpResponse:
    view = page_for(request.actor, page_id)
    if "disagree" not in view.may:
        return SeeOther(reverse("paging:page", args=[page_id]))
    context = {"view": view, "page": view.page, "typed": request.POST, "errors": refusal.fields if refusal else {}}
    return render(request, "paging/disagree.html", context, status=refusal.status if refusal else 200)
