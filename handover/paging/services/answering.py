"""Answering a page: I own it; busy, pass it on; wrong person. And what its sender does meanwhile."""

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.paging import rules
from handover.paging.models import Page, PageAnswer
from handover.paging.rules import Answer, End
from handover.paging.services import climbing
from handover.paging.services.ground import (
    Held,
    about,
    ended_words,
    hold,
    is_asked,
    let_go,
    note,
    require_of_the_sender,
)
from handover.patients.acts import again
from handover.reach.push.services import take_down
from handover.reach.services import hush
from handover.transfers.services.acts import Act, opening
from live import ladder
from live.clock import database_now
from live.models import Rung
from live.refusals import Conflict, Denied

OWNED, DONE, WITHDRAWN, RAISED = "paging.owned", "paging.done", "paging.withdrawn", "paging.raised"
OPENED = "paging.opened"
EVENTS: Mapping[Answer, str] = {
    Answer.OWNS: OWNED,
    Answer.PASSES: "paging.passed",
    Answer.WRONG_PERSON: "paging.wrong_person",
}
# One of several who all have to: it is not owned yet.
ANSWERED = "paging.answered"


def open_page(actor: Actor, *, page_id: UUID) -> bool:
    """Whether somebody who was asked stands on the rung "opened" for the first time: the sender sees it at once.

    It is no answer. Raises NotFound.
    """
    with opening(actor, key=None, event=OPENED) as act:
        held = hold(act, page_id)
        return is_asked(actor, held.climbed) and _reach(act, held.page, Rung.Name.OPENED)


def answer_page(actor: Actor, *, key: UUID, page_id: UUID, said: Answer, way: str = PageAnswer.Way.APP) -> Page:
    """The page after this person's answer. The first who owns it stops it for all others, or each has to, as it says.

    "Busy" and "wrong person" send it on at once where nobody else of the step can answer. Raises NotFound; Denied for
    whoever was not asked; Conflict, with who has it, once it has ended.
    """
    with opening(actor, key=key, event=EVENTS[said]) as act:
        if act.earlier is not None:
            return again(act, Page.objects.filter(pk=page_id))
        held = hold(act, page_id)
        _require_answerable(act, held)
        page, me = held.page, actor.person.pk
        at = database_now()
        PageAnswer.objects.create(page=page, person=actor.person, said=said, at=at, way=way)
        # Whom the targets mean now matters only where the page goes on to somebody else.
        meant = climbing.meaning(page, held.policy, at=at) if said is not Answer.OWNS else climbing.NOBODY_MEANT
        people = meant.resolved()
        hush(about(page), person_id=me)
        move = rules.answer(held.policy, held.climbed, person=me, said=said, at=at, resolved=people)
        _reach(act, page, Rung.Name.ACKNOWLEDGED)
        if move.page.end is End.OWNED:
            _own(act, held)
        else:
            act.tell(ANSWERED if said is Answer.OWNS else act.event, [page.sent_by_id], about(page))
            act.tell_also(climbing.moved(page, but=[me]))
        if move.asks or (move.page.end is End.NOBODY and held.climbed.end is None):
            climbing.stop(page)
            act.tell_also(climbing.climb(page, held.policy, move, meant))
        if said is Answer.WRONG_PERSON:
            let_go(page, only=me)
        note(act, held, way=way)
        act.settle(page.pk)
    return page


def finish_page(actor: Actor, *, key: UUID, page_id: UUID) -> Page:
    """The page is done: said by whoever owns it, or by whoever sent it. Raises NotFound, Denied, Conflict."""
    with opening(actor, key=key, event=DONE) as act:
        if act.earlier is not None:
            return again(act, Page.objects.filter(pk=page_id))
        held = hold(act, page_id)
        page = held.page
        if actor.person.pk not in (page.owned_by_id, page.sent_by_id):
            raise Denied(_("Whoever owns this page, or sent it, says that it is done."), subject_id=page_id)
        if page.state != Page.State.OWNED:
            raise Conflict(ended_words(page), code="not_owned", subject_id=page_id, patient_id=page.patient_id)
        Page.objects.filter(pk=page.pk).update(state=Page.State.DONE, done_by=actor.person, done=database_now())
        act.tell(DONE, [page.sent_by_id, page.owned_by_id], about(page))
        _reach(act, page, Rung.Name.DONE)
        note(act, held)
        act.settle(page.pk)
    page.refresh_from_db()
    return page


def withdraw_page(actor: Actor, *, key: UUID, page_id: UUID) -> Page:
    """Nobody need come any more: said by whoever sent it, or by somebody of the patient's unit. What is owned stays so.

    Raises NotFound, Denied, Conflict.
    """
    with opening(actor, key=key, event=WITHDRAWN) as act:
        if act.earlier is not None:
            return again(act, Page.objects.filter(pk=page_id))
        held = hold(act, page_id)
        page = held.page
        require_of_the_sender(act, held)
        if page.state not in Page.OPEN:
            raise Conflict(ended_words(page), code="ended", subject_id=page_id, patient_id=page.patient_id)
        climbing.stop(page)
        Page.objects.filter(pk=page.pk).update(state=Page.State.WITHDRAWN, withdrawn=database_now())
        let_go(page)
        take_down(about(page), kind="push.needless")
        act.tell(WITHDRAWN, [page.sent_by_id, *held.climbed.asked], about(page))
        note(act, held)
        act.settle(page.pk)
    page.refresh_from_db()
    return page


def raise_page(actor: Actor, *, key: UUID, page_id: UUID) -> Page:
    """The next step fires now: no answer, or one that the sender disagrees with. Raises NotFound, Denied, Conflict."""
    with opening(actor, key=key, event=RAISED) as act:
        if act.earlier is not None:
            return again(act, Page.objects.filter(pk=page_id))
        held = hold(act, page_id)
        page = held.page
        require_of_the_sender(act, held)
        if page.state != Page.State.WAITING:
            raise Conflict(ended_words(page), code="ended", subject_id=page_id, patient_id=page.patient_id)
        at = database_now()
        meant = climbing.meaning(page, held.policy, at=at)
        move = rules.raise_now(held.policy, held.climbed, at=at, resolved=meant.resolved())
        note(act, held, step=page.step)
        climbing.stop(page)
        act.tell_also(climbing.climb(page, held.policy, move, meant))
        act.settle(page.pk)
    return page


def _own(act: Act, held: Held) -> None:
    """It is this person's: nothing climbs, the others are told and see the patient for it no longer."""
    page, me = held.page, act.actor.person.pk
    climbing.stop(page)
    page.state, page.owned_by, page.owned = Page.State.OWNED, act.actor.person, database_now()
    Page.objects.filter(pk=page.pk).update(state=page.state, owned_by=page.owned_by, owned=page.owned)
    let_go(page, keep=_owners(held) | {me})
    take_down(about(page), kind="push.taken", but=_owners(held) | {me})
    act.tell(OWNED, [page.sent_by_id, *held.climbed.asked], about(page))


def _owners(held: Held) -> set[UUID]:
    return {person_id for person_id, said in held.climbed.answers.items() if said is Answer.OWNS}


def _reach(act: Act, page: Page, name: str) -> bool:
    """The actor reaches a rung of this page, for its sender to see. False when they stood there already."""
    actor = act.actor
    rung = ladder.reach(
        name, subject=about(page), person_id=actor.person.pk, session_id=actor.session_id, device=actor.device
    )
    if rung is None:
        return False
    act.tell_also([ladder.announcement(rung, sender=page.sent_by_id)])
    return True


def _require_answerable(act: Act, held: Held) -> None:
    page = held.page
    if not is_asked(act.actor, held.climbed):
        words = _("This page did not ask you. Whoever was asked answers it.")
        raise Denied(words, code="not_asked", subject_id=page.pk, patient_id=page.patient_id)
    if page.state not in Page.OPEN:
        raise Conflict(ended_words(page), code="ended", subject_id=page.pk, patient_id=page.patient_id)
