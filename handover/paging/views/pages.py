"""One page: for whoever was asked the words and one large button, for whoever sent it how far it has come."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none, wants_json
from handover.paging import services
from handover.paging.models import Page
from handover.paging.quiet.selectors import notices_of
from handover.paging.rules import Answer, Target
from handover.paging.selectors import Asked, PageView, Step, choices, page_for
from handover.paging.selectors.beside import roles_paged
from handover.paging.selectors.pages import summary_of
from handover.paging.services.ground import ended_for, ended_words
from handover.paging.wording import ANSWERS, LEVELS, RUNGS, SKIPPED, TARGETS, ways_words
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, NotFound


@signed_in
@require_GET
def page(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """The page. That somebody who was asked has opened it is a rung, and no answer."""
    over = ended_for(request.actor, page_id)
    try:
        services.open_page(request.actor, page_id=page_id)
        return render(request, "paging/page.html", _whole(page_for(request.actor, page_id)))
    except (Conflict, NotFound):
        if over is None:
            raise
        # Somebody was quicker: that is all that is theirs to know.
        is_lost = over.closed_by in (Page.Closed.LEFT, Page.Closed.LATE)
        return render(request, "paging/over.html", {"words": ended_words(over), "is_lost": is_lost})


@signed_in
@require_GET
def page_fragment(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """What moves on it, to keep an open page fresh."""
    return render(request, "paging/_page.html", _whole(page_for(request.actor, page_id)))


@signed_in
@require_GET
def dock_fragment(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """The buttons below it."""
    return render(request, "paging/_dock.html", _context(page_for(request.actor, page_id)))


@signed_in
@require_POST
def answer(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """I own it; busy, pass it on; wrong person."""
    said = request.POST.get("said", "")
    if said not in {each.value for each in Answer}:
        raise Invalid(act="paging.answered", subject_id=page_id)
    key = posted_key(request)
    return _did(
        request,
        page_id,
        lambda: services.answer_page(request.actor, key=key, page_id=page_id, said=Answer(said)),
        leaves=said == Answer.WRONG_PERSON,
    )


@signed_in
@require_POST
def finish(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """It is done."""
    key = posted_key(request)
    return _did(request, page_id, lambda: services.finish_page(request.actor, key=key, page_id=page_id))


@signed_in
@require_POST
def withdraw(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """Nobody need come any more."""
    key = posted_key(request)
    return _did(request, page_id, lambda: services.withdraw_page(request.actor, key=key, page_id=page_id))


@signed_in
@require_POST
def hurry(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """The next step fires now."""
    key = posted_key(request)
    return _did(request, page_id, lambda: services.raise_page(request.actor, key=key, page_id=page_id))


@signed_in
@require_POST
def also(request: SignedInRequest, page_id: UUID) -> HttpResponse:
    """A further team is called, with the same words."""
    key, role_id = posted_key(request), uuid_or_none(request.POST.get("role", ""))
    return _did(request, page_id, lambda: services.page_also(request.actor, key=key, page_id=page_id, role_id=role_id))


def _did(request: SignedInRequest, page_id: UUID, act: Callable[[], Page], *, leaves: bool = False) -> HttpResponse:
    """Does it, and goes back to the page; who said "wrong person" sees it no longer, and goes to the inbox."""
    back = reverse("transfers:inbox") if leaves else reverse("paging:page", args=[page_id])
    try:
        act()
    except Conflict as refusal:
        if wants_json(request):
            raise
        record_refusal(refusal, agent=request.actor.agent)
        messages.error(request, refusal.message)
    return done(request, back)


def _context(view: PageView) -> dict[str, Any]:
    return {
        "view": view,
        "page": view.page,
        "words": LEVELS[view.level],
        "steps": [_step(step) for step in view.steps if step.fired],
        "to_come": [_to_come(step) for step in view.steps if not step.fired],
        "current": next((step for step in view.steps if step.is_current), None),
        "own_words": ANSWERS[Answer(view.own_answer)] if view.own_answer else "",
        "summary": summary_of(view.page) if view.page.closed_by else "",
        "unit": choices.unit_of_patient(view.page.patient_id),
    }


def _whole(view: PageView) -> dict[str, Any]:
    """The same, with whom this person can call beside it; of nobody else that is looked up."""
    context = _context(view)
    if "also" not in view.may:
        return context
    page, near = view.page, context["unit"]
    offered = choices.offered_beside(near, at=timezone.now(), patient_id=page.patient_id, but=roles_paged(page))
    reached = {one.pk for each in (*offered.first, *offered.more) if (one := each.instead or each.person)}
    return {**context, "offered": offered, "notices": notices_of(reached)}


def _step(step: Step) -> dict[str, Any]:
    return {
        "number": step.number + 1,
        "fired": step.fired,
        "targets": _targets(step),
        "ways": _ways(step),
        "skipped": SKIPPED.get(step.skipped, ""),
        "is_current": step.is_current,
        "until": step.until,
        "asked": [_asked(one) for one in step.asked],
    }


def _asked(one: Asked) -> dict[str, Any]:
    return {
        "person": one.person,
        "role_name": one.role_name,
        "rungs": [{"name": name, "label": RUNGS[name], "reached": rung} for name, rung in one.rungs],
        "furthest": RUNGS[one.furthest.name] if one.furthest else "",
        "answer": one.answer,
        "by_other_ways": one.by_other_ways,
        "held": one.held,
        "tries": [{"channel": each.channel.label, "state": each.state, "when": each.when} for each in one.tries],
        "answer_words": ANSWERS[Answer(one.answer.said)] if one.answer else "",
    }


def _targets(step: Step) -> str:
    """Whom a step means, as words: several with a comma between them."""
    return ", ".join(str(TARGETS[Target(each)]) for each in step.targets)


def _ways(step: Step) -> str:
    return ways_words(step.ways, [Target(each) for each in step.targets])


def _to_come(step: Step) -> str:
    """Whom a step that has not fired means, and by which ways where it names any."""
    return " · ".join(each for each in (_targets(step), _ways(step)) if each)
