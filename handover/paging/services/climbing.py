"""How a page climbs in the database: what a move of the rules means in rows, timers, inboxes and on the record.

A step has a row, and its id is the subject of its timer: a step that has fired cannot fire again, whatever worker comes
late, and nothing fires after an owner (constraint and trigger of the migrations).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from handover.duty.selectors import lead_of
from handover.paging import rules
from handover.paging.models import Page, PageAsk, PageStep
from handover.paging.rules import Move, Policy, Target
from handover.paging.services.ground import REASON, about, climbed_of, entity_of, locked, policy_in
from handover.paging.targets import Meant, meant_by
from handover.patients import access
from ledger import services as ledger
from live.clock import database_now
from live.inbox import Announcement
from live.statements import run_together
from live.timers import drop_timer, set_timer

DUE = "paging.due"
SENT, CLIMBED, NOBODY = "paging.sent", "paging.climbed", "paging.nobody"
FIRED, SKIPPED = "paging.fired", "paging.skipped"
# How long somebody who was asked sees the patient for it: a shift. Whoever does not own it, until somebody does.
SEES_FOR = timedelta(hours=12)

Meaning = Mapping[Target, tuple[Meant, ...]]


def meaning(page: Page, policy: Policy, *, at: datetime) -> Meaning:
    """Whom each target of the policy means now."""
    return meant_by(page, {target for step in policy.steps for target in step.targets}, at=at)


def resolved(meant: Meaning) -> rules.Resolved:
    """The same, as the rules take it."""
    return {target: [one.person_id for one in people] for target, people in meant.items()}


def climb(page: Page, policy: Policy, move: Move, meant: Meaning) -> list[Announcement]:
    """Writes what the move means, and gives what is to be told. In a transaction that holds the page.

    The next step has a timer of its own. That of the step before ends by firing, or by stop().
    """
    at = database_now()
    news: list[Announcement] = []
    for number in move.skipped:
        PageStep.objects.create(page=page, number=number, fired=at, skipped=PageStep.Skipped.EMPTY)
        ledger.record(SKIPPED, agent=None, patient_id=page.patient_id, entity=entity_of(page), detail={"step": number})
    if move.asks:
        news += _fire(page, policy, move, meant, at=at)
    else:
        news += _nobody(page, at=at)
    if page.step > 0 or move.skipped:
        news.append(Announcement(CLIMBED, [page.sent_by_id], about(page)))
    return news


def due(step_id: UUID) -> Sequence[Announcement]:
    """The timer of a step: nobody has owned it by then, so the next step fires; and nothing if somebody has."""
    step = PageStep.objects.filter(pk=step_id).first()
    page = locked(step.page_id) if step else None
    if step is None or page is None or page.state != Page.State.WAITING or page.step != step.number:
        return []
    policy, climbed = policy_in(page), climbed_of(page)
    # It was due by the database's clock when it was claimed: a clock that was put back since does not unmake that.
    at = max(database_now(), rules.due(policy, climbed) or page.sent)
    meant = meaning(page, policy, at=at)
    move = rules.fire(policy, climbed, at=at, resolved=resolved(meant))
    return climb(page, policy, move, meant)


def stop(page: Page) -> None:
    """The step that waits now waits no longer: its timer is gone. In the act's transaction."""
    step = PageStep.objects.filter(page=page, number=page.step).first()
    if step is not None:
        drop_timer(DUE, step.pk)


def _fire(page: Page, policy: Policy, move: Move, meant: Meaning, *, at: datetime) -> list[Announcement]:
    number = move.page.step
    Page.objects.filter(pk=page.pk).update(step=number, fired=at, state=Page.State.WAITING)
    page.step, page.fired, page.state = number, at, Page.State.WAITING
    step = PageStep.objects.create(page=page, number=number, fired=at)
    by_person = {one.person_id: (target, one) for target in policy.steps[number].targets for one in meant[target]}
    PageAsk.objects.bulk_create(
        PageAsk(step=step, person_id=each, target=by_person[each][0], role_id=by_person[each][1].role_id)
        for each in move.asks
    )
    ledger.record(
        FIRED,
        agent=None,
        patient_id=page.patient_id,
        entity=entity_of(page),
        detail={"step": number, "asked": [str(each) for each in move.asks], "level": page.level},
    )
    doors = [
        access.Door(page.patient_id, REASON, person_id=each, source_id=page.pk, ends=at + SEES_FOR)
        for each in move.asks
    ]
    run_together(access.granting(doors))
    # Last of all, so that it is not due before the step has fired.
    set_timer(DUE, step.pk, after=policy.steps[number].wait)
    return [Announcement(SENT, list(move.asks), about(page), sender=page.sent_by_id, climbs=True)]


def _nobody(page: Page, *, at: datetime) -> list[Announcement]:
    """The end of the ladder: whoever sent it is told, and the lead of the unit."""
    Page.objects.filter(pk=page.pk).update(state=Page.State.NOBODY)
    page.state = Page.State.NOBODY
    ledger.record(NOBODY, agent=None, patient_id=page.patient_id, entity=entity_of(page), outcome="failed")
    lead = lead_of(page.unit_id, at=at)
    told = [page.sent_by_id, *([lead.pk] if lead else [])]
    return [Announcement(NOBODY, list(dict.fromkeys(told)), about(page))]
