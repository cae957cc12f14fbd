"""What the receiver does: opened, read to the end, asked, called, said back, accepted, declined."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from handover.transfers import selectors, services
from handover.transfers.documents import Action
from handover.transfers.forms.fields import Choice, act_key, required_uuid, required_words
from handover.transfers.forms.receive import DECLINE_REASONS, DeclineForm, SayBackForm
from handover.transfers.selectors import HandoverPage
from handover.transfers.views.common import done, done_with_handover, refused_to_script, second_key, wants_json
from handover.transfers.views.handovers import context_of
from handover.transfers.wording import ASK_FIRST
from live.refusals import Invalid, Refusal


@signed_in
@require_POST
def opened(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """The rung 'opened': the brief is on the screen. Without scripts, the button 'Read it all'."""
    version_id = required_uuid(request.POST, "version")
    services.open_handover(request.actor, key=act_key(request.POST), handover_id=handover_id, version_id=version_id)
    return done(request, reverse("transfers:handover", args=[handover_id]) + "#whole")


@signed_in
@require_POST
def read(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """The rung 'read to the end': the end was on the screen, or its button was pressed."""
    version_id = required_uuid(request.POST, "version")
    key = act_key(request.POST)
    services.open_handover(request.actor, key=second_key(key, "open"), handover_id=handover_id, version_id=version_id)
    services.read_handover(request.actor, key=key, handover_id=handover_id, version_id=version_id)
    return done(request, reverse("transfers:handover", args=[handover_id]) + "#end")


@signed_in
@require_POST
def ask(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """A question to the sender; it keeps the gate shut until it is answered."""
    words = request.POST.get("quick", "").strip() or required_words(request.POST, "text", message=str(ASK_FIRST))
    services.ask(request.actor, key=act_key(request.POST), handover_id=handover_id, text=words)
    return done(request, reverse("transfers:handover", args=[handover_id]) + "#ask")


@signed_in
@require_POST
def call(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """'Call me': the sender's number, on a page or as a tel: location for the phone to dial. It is recorded."""
    number = services.request_call(request.actor, key=act_key(request.POST), handover_id=handover_id)
    page = selectors.handover_page(request.actor, handover_id)
    if wants_json(request):
        return done(request, reverse("transfers:handover", args=[handover_id]) + "#call")
    return render(request, "transfers/call.html", {**context_of(request, page), "number": number})


@signed_in
@require_http_methods(["GET", "POST"])
def say_back(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """The synthesis: severity, first action, one line in own words; then acceptance, when it was asked for with it."""
    page = selectors.handover_page(request.actor, handover_id)
    if page.document is None or page.version is None or not {"say_back", "accept"} & page.may:
        return done_with_handover(request, handover_id)
    form = SayBackForm.posted(request.POST)
    if request.method == "GET" or request.POST.get("do") == "begin":
        return _draw_say_back(request, page, form=form)
    try:
        synthesis = form.synthesis([action.what for action in page.document.ipass.action_list])
    except Invalid as refusal:
        return _draw_say_back(request, page, form=form.marked(refusal.fields), refusal=refusal)
    key, version_id = act_key(request.POST), required_uuid(request.POST, "version")
    # The script keeps a form's key after a refusal. What was said back then was kept, so other words need another key.
    said = second_key(key, synthesis.model_dump_json())
    services.say_back(request.actor, key=said, handover_id=handover_id, version_id=version_id, synthesis=synthesis)
    if request.POST.get("do") == "accept":
        services.accept(
            request.actor,
            key=key,
            handover_id=handover_id,
            version_id=version_id,
            digest=request.POST.get("digest", ""),
        )
    return done_with_handover(request, handover_id)


@signed_in
@require_POST
def accept(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Responsibility passes to the receiver, for the version they saw."""
    services.accept(
        request.actor,
        key=act_key(request.POST),
        handover_id=handover_id,
        version_id=required_uuid(request.POST, "version"),
        digest=request.POST.get("digest", ""),
    )
    return done_with_handover(request, handover_id)


@signed_in
@require_POST
def confirm(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """Whoever accepted has seen how the patient is now, and still takes them."""
    number = request.POST.get("summary", "")
    services.confirm(
        request.actor,
        key=act_key(request.POST),
        handover_id=handover_id,
        version_id=required_uuid(request.POST, "version"),
        summary_number=int(number) if number.isdecimal() and len(number) < 10 else 0,
    )
    return done_with_handover(request, handover_id)


@signed_in
@require_http_methods(["GET", "POST"])
def decline(request: SignedInRequest, handover_id: UUID) -> HttpResponse:
    """No, with a reason; the patient stays with who has them."""
    form = DeclineForm.posted(request.POST)
    status = 200
    if request.method == "POST":
        try:
            told = form.checked()
        except Invalid as refusal:
            if wants_json(request):
                return refused_to_script(refusal)
            form, status = form.marked(refusal.fields), refusal.status
        else:
            services.decline(
                request.actor,
                key=act_key(request.POST),
                handover_id=handover_id,
                code=told.reason,
                reason=told.words,
            )
            messages.success(request, _("Declined. The sender sees your reason, and keeps the patient."))
            return done(request, reverse("transfers:inbox"))
    page = selectors.handover_page(request.actor, handover_id)
    if "decline" not in page.may:
        return done_with_handover(request, handover_id)
    context = {**context_of(request, page), "form": form, "reasons": DECLINE_REASONS}
    return render(request, "transfers/decline.html", context, status=status)


def _action_words(action: Action) -> str:
    return f"{timezone.localtime(action.by_when):%H:%M} {action.what}" if action.by_when else action.what


def _draw_say_back(
    request: SignedInRequest, page: HandoverPage, *, form: SayBackForm, refusal: Refusal | None = None
) -> HttpResponse:
    if refusal is not None and wants_json(request):
        return refused_to_script(refusal)
    is_question_open = any(question.is_open for question in page.questions)
    actions = page.document.ipass.action_list if page.document else ()
    said_before = next((each for each in page.syntheses if each.person.pk == request.actor.person.pk), None)
    if said_before is not None and not form.own_words and refusal is None:
        # After a change or a correction: their own words come back to be looked at; the severity is repeated anew.
        form = replace(form, own_words=said_before.own_words)
    context = {
        **context_of(request, page),
        "form": form,
        "choices": [Choice(str(number), _action_words(action)) for number, action in enumerate(actions)],
        "refusal": refusal,
        "may_accept_with_it": not is_question_open and page.handover.status == page.handover.Status.SENT,
        "is_question_open": is_question_open,
    }
    return render(request, "transfers/say_back.html", context, status=refusal.status if refusal else 200)
