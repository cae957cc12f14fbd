"""Whoever sent a page does not agree with what its owner says: the next of the chain is called and reads both.

What is owned stays owned, so that nobody is left without somebody: it is a page of its own, with the steps behind the
one that was reached. Neither who disagrees nor whom they disagree with is asked by it.
"""

from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.visible import visible
from handover.paging import rules
from handover.paging.documents import PART_LENGTH, Sbar
from handover.paging.models import Page
from handover.paging.sealed import sbar_of, seal_sbar
from handover.paging.services.climbing import SENT
from handover.paging.services.ground import Held, about, ended_words, entity_of, hold, note, require_of_the_sender
from handover.paging.services.sending import begin
from handover.patients.acts import again
from handover.transfers.services.acts import Act, opening
from ledger import services as ledger
from live.refusals import Conflict, Invalid

DISAGREED = "paging.disagreed"
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
