"""What the acts on pages stand on: the page, locked, as the rules see it; who is asked; and what an answer ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.paging import rules
from handover.paging.models import Page, PageAnswer, PageAsk, PageStep
from handover.paging.quiet.selectors import held_step
from handover.paging.rules import Answer, Policy
from handover.patients import access
from handover.patients.models import CareRelationship
from handover.transfers.services.acts import Act
from ledger.agents import Entity
from live.acting import acting_as_system
from live.inbox import Subject
from live.refusals import Conflict, Denied, NotFound

KIND = "page"
# What the sender and the lead are rung about when the ladder has ended: its last step.
RUNG_OUT = "nobody_reached"
# The timer of a patient whose score proposes a page, and the event; and what the lead is rung about, which is no page.
UNDECIDED, SCORE = "paging.undecided", "score"
# The timer of a page that nobody owns and that is of no use any more (services/closing.py).
FORGOTTEN = "paging.forgotten"
REASON = CareRelationship.Reason.PAGED
_ENDS = {
    Page.State.WAITING: None,
    Page.State.OWNED: rules.End.OWNED,
    Page.State.DONE: rules.End.OWNED,
    Page.State.WITHDRAWN: rules.End.WITHDRAWN,
    Page.State.NOBODY: rules.End.NOBODY,
}


@dataclass(frozen=True)
class Held:
    """A page under its lock, its policy, how far it has climbed, and the row by which the actor sees the patient."""

    page: Page
    policy: Policy
    climbed: rules.Page
    relationship: CareRelationship


def hold(act: Act, page_id: UUID) -> Held:
    """The page under its lock, for whoever may see its patient. Raises NotFound for every other, and for none.

    Who was asked and sees the patient no longer, because somebody owns it, gets a Conflict that says who.
    """
    page = locked(page_id)
    try:
        if page is None:
            raise NotFound(act=act.event, subject_id=page_id)
        granted = access.patient_for(act.actor, page.patient_id, act=act.event)
    except NotFound:
        over = ended_for(act.actor, page_id)
        if over is None:
            raise
        raise Conflict(ended_words(over), code="ended", subject_id=page_id) from None
    return Held(page, policy_in(page), climbed_of(page), granted.relationship)


def ended_for(actor: Actor, page_id: UUID) -> Page | None:
    """A page that has ended and had asked this person: they learn who owns it, and nothing of the patient."""
    with acting_as_system("paging.ended"):
        page = Page.objects.select_related("owned_by").filter(pk=page_id).exclude(state__in=Page.OPEN).first()
        asked = PageAsk.objects.filter(step__page=page_id, person=actor.person)
        return page if page is not None and asked.exists() else None


def ended_words(page: Page) -> str:
    """Why nothing is to be done any more, with who has it."""
    if page.state == Page.State.OWNED and page.owned_by:
        return _("%(name)s owns this page already.") % {"name": page.owned_by.display_name}
    if page.state == Page.State.DONE:
        return _("This page is done.")
    if page.closed_by in (Page.Closed.LEFT, Page.Closed.LATE):
        return _("This page was closed: nobody had owned it in time.")
    if page.state == Page.State.WITHDRAWN:
        return _("This page was withdrawn: nobody need come.")
    return _("Nobody owns this page yet.")


def locked(page_id: UUID, *, is_waited_for: bool = True) -> Page | None:
    """The page under its lock: who answers and what climbs come one after the other.

    Not `is_waited_for`: None, too, where somebody else holds it.
    """
    rows = Page.objects.select_for_update(of=("self",), no_key=True, skip_locked=not is_waited_for)
    return rows.select_related("role__covered_by", "role__unit").filter(pk=page_id).first()


def policy_in(page: Page) -> Policy:
    """The steps as they were when the page was sent."""
    return rules.from_json(page.steps)


def climbed_of(page: Page) -> rules.Page:
    """How far a page has climbed, as the rules see it. In the transaction that holds its lock."""
    step_id = PageStep.objects.filter(page=page, number=page.step).values_list("pk", flat=True).first()
    asks = list(PageAsk.objects.filter(step__page=page).values_list("step__number", "person_id"))
    answers = PageAnswer.objects.filter(page=page).order_by("at", "pk").values_list("person_id", "said")
    return rules.Page(
        step=page.step,
        fired=page.fired,
        asked=frozenset(person_id for _, person_id in asks),
        waits_for=frozenset(person_id for number, person_id in asks if number == page.step),
        answers={person_id: Answer(said) for person_id, said in answers},
        held=held_step(step_id) if step_id else None,
        end=_ENDS[Page.State(page.state)],
    )


def about(page: Page) -> Subject:
    """What an inbox item of a page is about."""
    return Subject(KIND, page.pk)


def entity_of(page: Page, *, digest: str = "") -> Entity:
    """What an event on the record is about; with the digest of its words, where it was sent."""
    return Entity(KIND, page.pk, version=digest)


def note(act: Act, held: Held, *, reason: str = "", digest: str = "", **detail: str | int) -> None:
    """Puts the act on the record, with its patient and the row by which the actor may see them."""
    page = held.page
    act.record(
        act.event,
        patient_id=page.patient_id,
        entity=entity_of(page, digest=digest),
        relationship_id=held.relationship.pk,
        reason=reason,
        detail={"level": page.level, **detail},
    )


def let_go(page: Page, *, keep: Iterable[UUID] = (), only: UUID | None = None) -> None:
    """Who was let in to the patient by this page is so no longer: all but `keep`, or `only` this person.

    In the act's transaction, and of those who were let in so far.
    """
    rows = CareRelationship.objects.filter(patient_id=page.patient_id, reason=REASON, source_id=page.pk, ends__gt=Now())
    if only is not None:
        rows = rows.filter(person_id=only)
    rows.exclude(person_id__in=list(keep)).update(ends=Now())


def is_asked(actor: Actor, climbed: rules.Page) -> bool:
    """Whether a step has asked this person."""
    return actor.person.pk in climbed.asked


def require_of_the_sender(act: Act, held: Held) -> None:
    """Raises Denied for whoever neither sent the page nor works where its patient is."""
    is_of_the_unit = held.relationship.reason == CareRelationship.Reason.UNIT_HAS_PATIENT
    if act.actor.person.pk != held.page.sent_by_id and not is_of_the_unit:
        words = _("Whoever sent this page, or works where the patient is, does this.")
        raise Denied(words, code="not_the_sender", subject_id=held.page.pk, patient_id=held.page.patient_id)
