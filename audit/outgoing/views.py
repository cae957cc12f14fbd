"""The officer's pages of what leaves: an export at once, one that waits for a second officer, and the list of those."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, posted_key
from accounts.stepup import fresh_factor
from audit.outgoing import selectors, services
from audit.outgoing.models import LONGEST_SEARCH
from audit.outgoing.writers import WRITERS
from audit.searches import Search


@require_POST
@signed_in
@fresh_factor
def export(request: SignedInRequest) -> HttpResponseBase:
    """The search as a file, where one officer takes it out alone; else it waits for a second one."""
    search = services.bounded(Search.parse(QueryDict(request.POST.get("search", "")[:LONGEST_SEARCH])))
    form = request.POST.get("form", "")
    if services.may_take_alone(request.actor, search):
        return _file(services.take_small(request.actor, search, form), form)
    services.ask(request.actor, key=posted_key(request), search=search, form=form)
    messages.success(
        request, _("More than 500 events in a day: another officer approves it, then you take it from here.")
    )
    return SeeOther(reverse("audit:exports"))


@require_GET
@signed_in
def exports(request: SignedInRequest) -> HttpResponseBase:
    """What waits for a second officer, and what was approved."""
    return render(request, "audit/exports.html", {"exports": selectors.open_exports(request.actor)})


@require_POST
@signed_in
@fresh_factor
def approve(request: SignedInRequest, export_id: UUID) -> HttpResponseBase:
    """A second officer has decided so."""
    services.approve(request.actor, key=posted_key(request), export_id=export_id)
    messages.success(request, _("Approved. Whoever asked can take it within a day."))
    return SeeOther(reverse("audit:exports"))


@require_POST
@signed_in
def drop(request: SignedInRequest, export_id: UUID) -> HttpResponseBase:
    """Not wanted any more."""
    services.drop(request.actor, key=posted_key(request), export_id=export_id)
    messages.success(request, _("Dropped. Nothing leaves."))
    return SeeOther(reverse("audit:exports"))


@require_POST
@signed_in
@fresh_factor
def take(request: SignedInRequest, export_id: UUID) -> HttpResponseBase:
    """What was approved, as a file, for whoever asked."""
    row, parts = services.take_approved(request.actor, export_id)
    return _file(parts, row.form)


def _file(parts: Iterator[bytes], form: str) -> StreamingHttpResponse:
    _writer, content_type, suffix = WRITERS[form]
    name = f"readback-record-{timezone.localtime():%Y-%m-%d-%H%M}.{suffix}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(parts, content_type=content_type, headers=disposition)
