"""What is typed: a message, a new conversation, an edit, a forwarding, a task. Refused, it is drawn again as it was."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none, wants_json
from handover.messaging import services
from handover.messaging.forms import Written, ids
from handover.messaging.models import Message, Thread
from handover.messaging.selectors.names import who_is_named
from handover.messaging.selectors.people import choices
from handover.messaging.selectors.threads import message_page, thread_of_patient
from handover.messaging.selectors.units import counts
from handover.messaging.services import Between, Task
from handover.messaging.views.pages import (
    asked_in,
    compose_context,
    draw_thread,
    file_fields,
    hearing,
    words_in,
    written_to,
)
from handover.messaging.wording import COME, LEVELS
from handover.patients.selectors import patient_page, patient_rows
from handover.transfers.forms.fields import moment_of
from handover.transfers.views.common import second_key
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, Refusal

NAMES_ANOTHER = "names_another"


@signed_in
@require_POST
def send(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """Says something in a conversation."""
    written = Written.posted(request.POST, request.FILES)
    try:
        _sent(request, thread_id, written)
    except (Invalid, Conflict) as refusal:
        return _refused(request, thread_id, written, refusal)
    return done(request, reverse("messaging:thread", args=[thread_id]))


@signed_in
@require_http_methods(["GET", "POST"])
def of_patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The patient's conversation; where there is none yet, the form with which it begins."""
    found = thread_of_patient(request.actor, patient_id)
    if found is not None and request.method == "GET":
        return draw_thread(request, found.pk)
    if request.method == "GET":
        return _draw_first(request, patient_id)
    written = Written.posted(request.POST, request.FILES)
    try:
        key, between = second_key(posted_key(request), "open"), Between(patient_id=patient_id)
        thread = services.open_thread(request.actor, key=key, between=between)
        _sent(request, thread.pk, written)
    except (Invalid, Conflict) as refusal:
        if wants_json(request):
            return _to_script(request, written, refusal, about=patient_id)
        named = _named(request, written, refusal, about=patient_id)
        return _draw_first(request, patient_id, written=written, refusal=refusal, named=named)
    return done(request, reverse("messaging:thread", args=[thread.pk]))


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Whom to write to: about a patient, or to a colleague or a role. Chosen, the conversation opens."""
    refusal: Refusal | None = None
    chosen: Written | None = None
    if request.method == "POST":
        chosen = Written.posted(request.POST)
        try:
            to = chosen.recipients()
            person_id = next(iter(to.people), None)
            if person_id is None and to.role_id is None:
                raise Invalid(fields={"to": _("Choose a colleague or a role.")}, act="thread.opened", code="nobody")
            between = Between(person_id=person_id, role_id=to.role_id)
            thread = services.open_thread(request.actor, key=posted_key(request), between=between)
        except Invalid as refused:
            refusal = refused
        else:
            return done(request, reverse("messaging:thread", args=[thread.pk]))
    now = timezone.now()
    found = choices(request.actor, at=now, words=words_in(request), asked=asked_in(request))
    rows = patient_rows(request.actor, unit=None, at=now)[:50]
    written = chosen or written_to(asked_in(request), found)
    context = {"choices": found, "rows": rows, "words": words_in(request), "refusal": refusal, "written": written}
    return _drawn(request, "messaging/new.html", context, refusal)


@signed_in
@require_http_methods(["GET", "POST"])
def new_group(request: SignedInRequest) -> HttpResponse:
    """A group of colleagues under a title."""
    refusal: Refusal | None = None
    title, people = request.POST.get("title", ""), request.POST.getlist("people")
    if request.method == "POST":
        try:
            between = Between(people=ids(people), title=title[:1000])
            thread = services.open_thread(request.actor, key=posted_key(request), between=between)
        except Invalid as refused:
            refusal = refused
        else:
            return done(request, reverse("messaging:thread", args=[thread.pk]))
    if refusal and wants_json(request):
        return _to_script(request, Written(), refusal, about=None)
    found = choices(request.actor, at=timezone.now(), words=words_in(request))
    people_shown = list(dict.fromkeys([*found.found, *found.on_duty]))
    context = {"people": people_shown, "chosen": people, "title": title, "words": words_in(request), "refusal": refusal}
    return _drawn(request, "messaging/group.html", context, refusal)


@signed_in
@require_http_methods(["GET", "POST"])
def call_in(request: SignedInRequest) -> HttpResponse:
    """Everybody of some units is asked whether they come: what has happened, whose people, how soon."""
    refusal: Refusal | None = None
    written = Written.posted(request.POST)
    units = ids(request.POST.getlist("units"))
    if request.method == "POST":
        call = services.CallIn(written.text, written.level, units, written.is_checked)
        try:
            message = services.call_in(request.actor, key=posted_key(request), call=call)
        except (Invalid, Conflict) as refused:
            refusal = refused
        else:
            return done(request, reverse("messaging:thread", args=[message.thread_id]))
    if refusal and wants_json(request):
        return _to_script(request, written, refusal, about=None)
    named = _named(request, written, refusal, about=None) if refusal else []
    levels = [(code, LEVELS[code], expected) for code, expected in COME.items()]
    context = {"counts": counts(request.actor, at=timezone.now()), "chosen": units, "levels": levels}
    context |= {"written": written, "refusal": refusal, "named": named}
    return _drawn(request, "messaging/call_in.html", context, refusal)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Other words for a message of one's own. Whoever had it is told."""
    page, row = message_page(request.actor, message_id)
    if request.method == "GET" and not row.is_editable:
        return done(request, reverse("messaging:thread", args=[page.thread.pk]))
    written = Written(text=row.told["text"])
    refusal: Refusal | None = None
    if request.method == "POST":
        written = Written.posted(request.POST)
        seen = request.POST.get("revision", "")
        try:
            services.edit(
                request.actor,
                key=posted_key(request),
                message_id=message_id,
                text=written.text,
                seen_revision=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else -1,
                is_checked=written.is_checked,
            )
        except (Invalid, Conflict) as refused:
            refusal = refused
        else:
            return done(request, reverse("messaging:thread", args=[page.thread.pk]))
    if refusal and wants_json(request):
        return _to_script(request, written, refusal, about=page.thread.patient_id)
    named = _named(request, written, refusal, about=page.thread.patient_id) if refusal else []
    context = {"page": page, "row": row, "written": written, "refusal": refusal, "named": named}
    return _drawn(request, "messaging/edit.html", context, refusal)


@signed_in
@require_http_methods(["GET", "POST"])
def forward(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """A message to somebody else. What was said of a patient stays in the patient's conversation."""
    page, row = message_page(request.actor, message_id)
    written = Written.posted(request.POST) if request.method == "POST" else Written()
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            thread = _forwarded(request, page.thread, message_id, written)
        except (Invalid, Conflict) as refused:
            refusal = refused
        else:
            return done(request, reverse("messaging:thread", args=[thread]))
    text = Written(text=row.told["text"])
    if refusal and wants_json(request):
        return _to_script(request, text, refusal, about=page.thread.patient_id)
    named = _named(request, text, refusal, about=page.thread.patient_id) if refusal else []
    found = choices(request.actor, at=timezone.now(), patient_id=page.thread.patient_id, words=words_in(request))
    context = {"page": page, "row": row, "written": written, "refusal": refusal, "named": named}
    context |= {**compose_context(request, page=page), "choices": found, "words": words_in(request)}
    return _drawn(request, "messaging/forward.html", context, refusal)


@signed_in
@require_http_methods(["GET", "POST"])
def task(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """A message as a task of its patient: who, what, by when."""
    page, row = message_page(request.actor, message_id)
    typed = {name: request.POST.get(name, "") for name in ("what", "owner", "by_when")}
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            services.make_task(request.actor, key=posted_key(request), message_id=message_id, task=_task(typed))
        except (Invalid, Conflict) as refused:
            refusal = refused
        else:
            return done(request, reverse("messaging:thread", args=[page.thread.pk]))
    else:
        typed["what"] = row.told["text"][:300]
    if refusal and wants_json(request):
        return _to_script(request, Written(), refusal, about=None)
    found = choices(request.actor, at=timezone.now(), patient_id=page.thread.patient_id)
    owners = list(dict.fromkeys([request.actor.person, *found.on_duty]))
    context: dict[str, Any] = {"page": page, "row": row, "typed": typed, "owners": owners, "refusal": refusal}
    return _drawn(request, "messaging/task.html", context, refusal)


def _sent(request: SignedInRequest, thread_id: UUID, written: Written) -> Message:
    return services.send_message(
        request.actor,
        key=posted_key(request),
        thread_id=thread_id,
        said=written.said(request.actor, now=timezone.now()),
        to=written.recipients(),
    )


def _forwarded(request: SignedInRequest, source: Thread, message_id: UUID, written: Written) -> UUID:
    to, thread_id = written.recipients(), source.pk
    if source.patient_id is None:
        person_id = next(iter(to.people), None)
        if person_id is None and to.role_id is None:
            raise Invalid(fields={"to": _("Choose a colleague or a role.")}, act="message.forwarded", code="nobody")
        between = Between(person_id=person_id, role_id=to.role_id)
        key = second_key(posted_key(request), f"open {written.to}")
        thread_id, to = services.open_thread(request.actor, key=key, between=between).pk, services.To()
    services.forward(
        request.actor,
        key=posted_key(request),
        message_id=message_id,
        thread_id=thread_id,
        said=written.said(request.actor, now=timezone.now()),
        to=to,
    )
    return thread_id


def _task(typed: dict[str, str]) -> Task:
    owner = uuid_or_none(typed["owner"])
    if owner is None:
        raise Invalid(fields={"owner": _("Choose who does it.")}, act="message.task_made", code="nobody")
    try:
        by_when = moment_of(typed["by_when"])
    except ValueError:
        by_when = None
    if by_when is None:
        raise Invalid(fields={"by_when": _("Say by when.")}, act="message.task_made", code="no_time")
    return Task(typed["what"], owner, by_when)


def _refused(request: SignedInRequest, thread_id: UUID, written: Written, refusal: Refusal) -> HttpResponse:
    """The page with what was typed; for a script the words, with whom the text names where it asks about that."""
    about = refusal.patient_id
    if wants_json(request):
        return _to_script(request, written, refusal, about=about)
    named = _named(request, written, refusal, about=about)
    record_refusal(refusal, agent=request.actor.agent)
    return draw_thread(request, thread_id, written=written, refusal=refusal, named=named)


def _to_script(request: SignedInRequest, written: Written, refusal: Refusal, *, about: UUID | None) -> JsonResponse:
    named = _named(request, written, refusal, about=about)
    record_refusal(refusal, agent=request.actor.agent)
    fields = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
    if named:
        fields["is_checked"] = "; ".join(named)
    body = {"ok": False, "code": refusal.code, "message": refusal.message, "fields": fields}
    return JsonResponse(body, status=Invalid.status if named else refusal.status)


def _drawn(request: SignedInRequest, template: str, context: dict[str, Any], refusal: Refusal | None) -> HttpResponse:
    """The page; with a refusal as one, which is on the record."""
    if refusal is not None:
        record_refusal(refusal, agent=request.actor.agent)
    return render(request, template, context, status=refusal.status if refusal else 200)


def _named(request: SignedInRequest, written: Written, refusal: Refusal, *, about: UUID | None) -> list[str]:
    """Whom the text names beside the patient it is about: shown where the service asked, and on the record."""
    return who_is_named(request.actor, written.text, about=about) if refusal.code == NAMES_ANOTHER else []


def _draw_first(
    request: SignedInRequest,
    patient_id: UUID,
    *,
    written: Written | None = None,
    refusal: Refusal | None = None,
    named: list[str] | None = None,
) -> HttpResponse:
    page = patient_page(request.actor, patient_id)
    context = {"patient": page, **compose_context(request, patient_id=patient_id)}
    typed = written or written_to(asked_in(request), context["choices"])
    context |= {"written": typed, "refusal": refusal, "named": named or [], "file_fields": file_fields(refusal)}
    return hearing(_drawn(request, "messaging/first.html", context, refusal))
