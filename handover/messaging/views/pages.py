"""What is looked at: a person's conversations, one of them, and a search through what they may read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import uuid_or_none
from handover.messaging import selectors
from handover.messaging.forms import QUICK, QUICK_OF_PATIENT, WITHIN_MINUTES, Written
from handover.messaging.models import FileKind, Thread
from handover.messaging.selectors import ThreadPage
from handover.messaging.selectors.covered import Covered, covered_of
from handover.messaging.selectors.people import Asked, Choices, choices
from handover.messaging.services.uploading import MOST_BYTES
from handover.messaging.wording import EXPECTED, FILE_FIELDS, LEVELS
from handover.paging.quiet.selectors import Notice, notices_of
from handover.patients.mistaken import lookalikes_of
from ledger.services import record_refusal
from live.refusals import Invalid, Refusal

MOST_WORDS = 100


@signed_in
@require_GET
def threads(request: SignedInRequest) -> HttpResponse:
    """This person's conversations, the newest first."""
    return render(request, "messaging/threads.html", {"rows": selectors.threads_of(request.actor)})


@signed_in
@require_GET
def threads_fragment(request: SignedInRequest) -> HttpResponse:
    """The same as they stand now."""
    return render(request, "messaging/_threads.html", {"rows": selectors.threads_of(request.actor)})


@signed_in
@require_GET
def thread(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """A conversation, with the form to say something in it."""
    return draw_thread(request, thread_id)


@signed_in
@require_GET
def messages_fragment(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """What was said, as it stands now."""
    page = selectors.thread_page(request.actor, thread_id, before=_before(request))
    return render(request, "messaging/_messages.html", {"page": page, "before": request.GET.get("before", "")})


@signed_in
@require_GET
def members(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """Who belongs to a conversation; of a group, who may be added and taken out."""
    page = selectors.thread_page(request.actor, thread_id)
    found = choices(request.actor, at=timezone.now(), words=words_in(request))
    known = {one["id"] for one in page.members}
    others = [one for one in (*found.found, *found.on_duty) if str(one.pk) not in known]
    context = {"page": page, "others": list(dict.fromkeys(others)), "words": words_in(request)}
    return render(request, "messaging/members.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def search(request: SignedInRequest) -> HttpResponse:
    """Messages that hold all of the words. Posted, so that what was looked for stands in no address and no log."""
    words = request.POST.get("words", "")[:MOST_WORDS]
    context: dict[str, Any] = {"words": words}
    if request.method == "POST":
        try:
            context["found"] = selectors.search(request.actor, words)
        except Invalid as refusal:
            record_refusal(refusal, agent=request.actor.agent)
            context["refusal"] = refusal
    status = Invalid.status if "refusal" in context else 200
    return render(request, "messaging/search.html", context, status=status)


@signed_in
@require_GET
def photo(request: SignedInRequest, photo_id: UUID) -> HttpResponse:
    """A photo that was sent, for whoever may read its message. Nothing of it stays in the browser's store."""
    content = selectors.photo_for(request.actor, photo_id)
    return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


# What the pages share


def draw_thread(
    request: SignedInRequest,
    thread_id: UUID,
    *,
    written: Written | None = None,
    refusal: Refusal | None = None,
    named: list[str] | None = None,
) -> HttpResponse:
    """The page of a conversation; with what was typed and why it was refused, where it was."""
    page = selectors.thread_page(request.actor, thread_id, before=_before(request))
    context = {"page": page, "before": request.GET.get("before", ""), **compose_context(request, page=page)}
    typed = written or written_to(asked_in(request), context["choices"])
    context |= {"written": typed, "refusal": refusal, "named": named or [], "file_fields": file_fields(refusal)}
    return hearing(render(request, "messaging/thread.html", context, status=refusal.status if refusal else 200))


def file_fields(refusal: Refusal | None) -> list[dict[str, object]]:
    """The fields for a file that is chosen, with what was wrong with it."""
    wrong = refusal.fields if isinstance(refusal, Invalid) else {}
    return [
        {"kind": kind, "label": FileKind(kind).label, "wrong": wrong.get(kind, ""), "most": MOST_BYTES[kind], **each}
        for kind, each in FILE_FIELDS.items()
    ]


def hearing(page: HttpResponse) -> HttpResponse:
    """A page on which a voice note can be recorded and heard (config/middleware.py)."""
    page.takes_voice = True  # type: ignore[attr-defined]
    return page


def compose_context(
    request: SignedInRequest, *, page: ThreadPage | None = None, patient_id: UUID | None = None
) -> dict[str, Any]:
    """What the form to write needs: the levels, and where a message goes to somebody in particular, to whom."""
    if page is not None:
        patient_id = page.thread.patient_id
    is_addressed = patient_id is not None
    words = words_in(request)
    found = None
    if is_addressed:
        found = choices(request.actor, at=timezone.now(), patient_id=patient_id, words=words, asked=asked_in(request))
    return {
        "levels": [(code, words_, EXPECTED[code]) for code, words_ in LEVELS.items()],
        "within": WITHIN_MINUTES,
        "quick": _quick(request, page),
        "choices": found,
        "covered": _covered(request, page),
        "notices": found.notices if found else _notices(request, page),
        "alike": lookalikes_of(request.actor, patient_id) if patient_id else [],
        "words": words,
    }


def _quick(request: SignedInRequest, page: ThreadPage | None) -> Sequence[Promise]:
    """What can be said with one tap; of a patient nothing, while nobody else would get it."""
    if page is None:
        return ()
    if page.thread.kind != Thread.Kind.PATIENT:
        return QUICK
    return QUICK_OF_PATIENT if {one["id"] for one in page.members} - {str(request.actor.person.pk)} else ()


def _notices(request: SignedInRequest, page: ThreadPage | None) -> dict[UUID, Notice]:
    """What is to be known of the others of a conversation, before something is said in it."""
    others = [UUID(one["id"]) for one in page.members] if page else []
    return notices_of({each for each in others if each != request.actor.person.pk})


def _covered(request: SignedInRequest, page: ThreadPage | None) -> list[Covered]:
    """Who of a conversation is busy or off duty, and who stands in for them."""
    if page is None:
        return []
    members = [UUID(one["id"]) for one in page.members]
    return covered_of(request.actor, page.thread, members, at=timezone.now())


def words_in(request: SignedInRequest) -> str:
    """The name of a colleague that was searched for."""
    return request.GET.get("q", "").strip()[:MOST_WORDS]


def asked_in(request: SignedInRequest) -> Asked:
    """Whom the address asks for, if for anybody: an id or nothing."""
    found = {name: uuid_or_none(request.GET.get(name, "")) for name in ("role", "person")}
    return Asked(role_id=found["role"], person_id=found["person"])


def written_to(asked: Asked, found: Choices | None) -> Written:
    """A form in which nothing is typed yet, with whoever was asked for chosen, where they can be."""
    if found is None:
        return Written()
    if any(one.role.pk == asked.role_id and one.holder for one in found.roles):
        return Written(to=f"role:{asked.role_id}")
    is_found = any(one.pk == asked.person_id for one in found.found)
    return Written(to=f"person:{asked.person_id}" if is_found else "")


def _before(request: SignedInRequest) -> int | None:
    value = request.GET.get("before", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
