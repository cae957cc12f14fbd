"""Whoever sent a page does not agree with what its owner says: the next of the chain is called and reads both.

What is owned stays owned, so that nobody is left without somebody: it is a page of its own, with the steps behind the
one that was reached. Neither who disagrees nor whom they disagree with is asked by it. The owner says their own view
there themselves.
"""

from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.visible import visible
from handover.paging import rules
from handover.paging.documents import PART_LENGTH, Sbar
from handover.paging.models import OwnersView, Page
from handover.paging.sealed import sbar_of, seal_sbar, seal_view
from handover.paging.services.climbing import SENT
from handover.paging.services.ground import Held, about, ended_words, entity_of, hold, note, require_of_the_sender
from handover.paging.services.sending import begin
from handover.patients.acts import again
from handover.transfers.services.acts import Act, opening
from ledger import services as ledger
from live.clock import database_now
from live.refusals import Conflict, Denied, Invalid

DISAGREED, VIEW_ADDED = "paging.disagreed", "paging.view_added"
CAUSE = Page.Cause.DISAGREEMENT
AFTER = (Page.State.OWNED, Page.State.DONE)


def disagree(actor: Actor, *, key: UUID, page_id: UUID, own_view: str, other_view: str) -> Page:
    """The page that calls the next of the chain, with both views. Its owner is told, and may read them.

    Raises NotFound; Denied for whoever neither sent it nor works where the patient is; Conflict where nobody has owned
    it, or the next was called before; Invalid where a view is missing or too long.
    """
    with opening(actor, key=key, event=DISAGREED) as act:
        if act.earlier is not None:
            return again(act, Page.objects.filter(cause=CAUSE, cause_id=page_id))
        held = hold(act, page_id)
        require_of_the_sender(act, held)
        _require_owned(held)
        own, other = _views(own_view, other_view, page_id)
        page, policy = _next(act, held)
        words = sbar_of(held.page).model_copy(update={"own_view": own, "other_view": other})
        page.sealed, digest = seal_sbar(page.pk, page.patient_id, Sbar(**words.model_dump(exclude={"salt"})))
        page.save(force_insert=True)
        note(act, held, to=str(page.pk), step=held.page.step)
        _note_sent(act, held, page, digest)
        act.tell(DISAGREED, [held.page.owned_by_id, held.page.sent_by_id], about(held.page))
        act.tell_also(begin(page, policy))
        act.settle(page.pk)
    return page


def add_view(actor: Actor, *, key: UUID, page_id: UUID, text: str) -> OwnersView:
    """What the owner of the page before thinks, behind what they have said so far; who sent and who was asked is told.

    `page_id` is the page that called the next. Raises NotFound; Denied for everybody but that owner; Conflict once it
    has ended, for whoever decided has decided by what lay there; Invalid where nothing is said, or too much.
    """
    with opening(actor, key=key, event=VIEW_ADDED) as act:
        if act.earlier is not None:
            return again(act, OwnersView.objects.filter(page=page_id))
        held = hold(act, page_id)
        page = held.page
        _require_view_of(act, page)
        words = _view(text, page_id)
        view = OwnersView(page=page, written_by=actor.person, written=database_now())
        view.number = OwnersView.objects.filter(page=page).count() + 1
        view.sealed, digest = seal_view(view, words, patient_id=page.patient_id)
        view.save(force_insert=True)
        note(act, held, digest=digest, number=view.number)
        act.tell(VIEW_ADDED, [page.sent_by_id, *sorted(held.climbed.asked)], about(page))
        act.settle(view.pk)
    return view


def _require_view_of(act: Act, page: Page) -> None:
    """Raises Denied for whoever is not the owner of the page before, Conflict once this one has ended."""
    about_it = page.cause == CAUSE and page.cause_id is not None
    if not about_it or not Page.objects.filter(pk=page.cause_id or page.pk, owned_by=act.actor.person).exists():
        words = _("Whoever owns the page that was not agreed on says their own view.")
        raise Denied(words, code="not_the_owner", subject_id=page.pk, patient_id=page.patient_id)
    if page.state not in Page.LIVE:
        words = _("This page has ended: nothing is added to it any more. Write it in the conversation of the patient.")
        raise Conflict(words, code="ended", subject_id=page.pk, patient_id=page.patient_id)


def _view(text: str, page_id: UUID) -> str:
    typed = visible(text).strip()
    if not typed:
        raise Invalid(fields={"text": _("Say in a line what you think.")}, act=VIEW_ADDED, subject_id=page_id)
    if len(typed) > PART_LENGTH:
        words = _("At most %(count)s characters: it is read at a glance.") % {"count": PART_LENGTH}
        raise Invalid(fields={"text": words}, act=VIEW_ADDED, subject_id=page_id)
    return typed


def _require_owned(held: Held) -> None:
    page = held.page
    if page.state not in AFTER:
        raise Conflict(ended_words(page), code="not_owned", subject_id=page.pk, patient_id=page.patient_id)
    if Page.objects.filter(cause=CAUSE, cause_id=page.pk).exists():
        words = _("The next one was called about this page already. Disagree there, if you still do.")
        raise Conflict(words, code="called_already", subject_id=page.pk, patient_id=page.patient_id)


def _views(own: str, other: str, page_id: UUID) -> tuple[str, str]:
    typed = {"own_view": visible(own).strip(), "other_view": visible(other).strip()}
    fields = {
        name: _("At most %(count)s characters: it is read at a glance.") % {"count": PART_LENGTH}
        for name, text in typed.items()
        if len(text) > PART_LENGTH
    }
    if not typed["own_view"]:
        fields["own_view"] = _("Say in a line what you think should be done.")
    if not typed["other_view"]:
        fields["other_view"] = _("Say in a line what you were told.")
    if fields:
        raise Invalid(fields=fields, act=DISAGREED, subject_id=page_id)
    return typed["own_view"], typed["other_view"]


def _next(act: Act, held: Held) -> tuple[Page, rules.Policy]:
    before, policy = held.page, rules.behind(held.policy, held.page.step)
    page = Page(
        id=uuid4(),
        patient_id=before.patient_id,
        unit_id=before.unit_id,
        role=before.role,
        to_person_id=before.to_person_id,
        level=before.level,
        cause=CAUSE,
        cause_id=before.pk,
        steps=rules.as_json(policy),
        sent_by=act.actor.person,
        sent=act.now,
    )
    return page, policy


def _note_sent(act: Act, held: Held, page: Page, digest: str) -> None:
    detail: ledger.Detail = {"level": page.level, "cause": CAUSE.value, "page": str(held.page.pk)}
    act.record(
        SENT,
        patient_id=page.patient_id,
        entity=entity_of(page, digest=digest),
        relationship_id=held.relationship.pk,
        reason="",
        detail=detail,
    )
