"""Writing a handover: the draft as it is typed, without scripts too, and two devices that write at once."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from handover.transfers import selectors, services
from handover.transfers.forms.compose import ComposeForm
from handover.transfers.forms.fields import act_key
from handover.transfers.forms.send import SendForm
from handover.transfers.views.common import done, done_with_handover
from handover.transfers.views.writing import draw, refused, save_typed
from live.refusals import Conflict, Invalid


@signed_in
@require_POST
def start(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Begins a handover of this patient, pre-filled from the record, and opens it."""
    handover = services.draft_handover(request.actor, key=act_key(request.POST), patient_id=patient_id)
    return done(request, reverse("transfers:compose", args=[handover.pk]))


@signed_in
@require_http_methods(["GET", "POST"])
def compose(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """The page on which a handover is written. A POST is one of its own buttons, for a browser without scripts."""
    page = selectors.handover_page(request.actor, handover_id)
    if page.draft is None:
        return done_with_handover(request, handover_id)
    if request.method == "GET":
        form = ComposeForm.of(page.draft, revision=page.draft_revision)
        return draw(request, page, form=form, to=SendForm.of(page.draft_address))
    form, to = ComposeForm.posted(request.POST), SendForm.posted(request.POST)
    try:
        form = save_typed(request, page, form, to=to)
    except (Invalid, Conflict) as refusal:
        return refused(request, page, form=form, to=to, refusal=refusal)
    command = request.POST.get("do", "")
    now = timezone.now()
    return draw(request, page, form=form.step(command, now=now), to=to.step(command, now=now), is_saved=True)


@signed_in
@require_POST
def draft(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Saves what has been typed so far. JSON: the new revision, what is missing in words, and a disagreement if any."""
    form = ComposeForm.posted(request.POST)
    before = selectors.draft_of(request.actor, handover_id)
    ipass = form.ipass(earlier=before.ipass, now=timezone.now(), is_draft=True)
    revision = services.save_draft(
        request.actor,
        key=act_key(request.POST),
        handover_id=handover_id,
        ipass=ipass,
        revision=form.revision,
        address=SendForm.posted(request.POST).kept(),
    )
    after = selectors.draft_of(request.actor, handover_id)
    return JsonResponse(
        {
            "ok": True,
            "revision": revision,
            "saved": timezone.localtime().strftime("%H:%M"),
            "missing": list(after.missing),
            "disagreement": after.disagreement,
        }
    )
