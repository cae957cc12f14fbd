"""How a page climbs in the database: what a move of the rules means in rows, timers, inboxes and on the record.

A step has a row, and its id is the subject of its timer: a step that has fired cannot fire again, whatever worker comes
late, and nothing fires after an owner (constraint and trigger of the migrations).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from handover.duty.selectors import lead_of
from handover.paging import rules
from handover.paging.models import Page, PageAnswer, PageAsk, PageStep
from handover.paging.quiet.rules import Way as QuietWay
from handover.paging.quiet.selectors import held_step
from handover.paging.quiet.services import Alerting, interrupt
from handover.paging.quiet.severity import severity_of
from handover.paging.rules import Level, Move, Policy, Sound, Step, Target, Way
from handover.paging.services.ground import FORGOTTEN, REASON, RUNG_OUT, about, climbed_of, entity_of, locked, policy_in
from handover.paging.services.ways import reaching, ways_had
from handover.paging.targets import Meant, meant_by
from handover.patients import access
from handover.reach.models import SILENT, Channel, Delivery
from handover.reach.rules import Try, fall_through
from handover.reach.selectors import reachability_of, tries_of
from handover.reach.services import Alert, alert, hush
from ledger import services as ledger
from live import ladder
from live.clock import database_now
from live.inbox import Announcement, Subject
from live.models import Rung
from live.statements import run_together
from live.timers import drop_timer, set_timer

DUE = "paging.due"
SENT, CLIMBED, NOBODY = "paging.sent", "paging.climbed", "paging.nobody"
# For the open page of whoever was asked: it is drawn anew, and nothing is said of it (transfers/selectors/inbox.py).
MOVED = "paging.moved"
LET_GO = "paging.let_go"
FIRED, SKIPPED, UNREACHED = "paging.fired", "paging.skipped", "paging.unreached"
# How long somebody who was asked sees the patient for it: a shift. Whoever does not own it, until somebody does.
SEES_FOR = timedelta(hours=12)
Tries = tuple[Try, ...]


@dataclass(frozen=True)
class Meaning:
    """Whom each target of a policy means now, and who of them can be reached."""

    people: Mapping[Target, tuple[Meant, ...]]
    reachable: frozenset[UUID]
    # By which ways each of those who can be reached is known to be.
    ways: Mapping[UUID, frozenset[Way]] = field(default_factory=dict)

    def resolved(self) -> rules.Resolved:
        """For whom a step waits: nobody waits for somebody who cannot hear it."""
        return {
            target: [one.person_id for one in people if one.person_id in self.reachable]
            for target, people in self.people.items()
        }

    def of_step(self, step: Step) -> dict[UUID, tuple[Target, Meant]]:
        """Everybody a step means, reachable or not, with the target that means them first."""
        found: dict[UUID, tuple[Target, Meant]] = {}
        for target in step.targets:
            for one in self.people.get(target, ()):
                found.setdefault(one.person_id, (target, one))
        return found


NOBODY_MEANT = Meaning({}, frozenset())


def meaning(page: Page, policy: Policy, *, at: datetime) -> Meaning:
    """Whom each target of the policy means now, and whom of them a page can reach."""
    people = meant_by(page, {target for step in policy.steps for target in step.targets}, at=at)
    if page.cause == Page.Cause.DISAGREEMENT and page.cause_id is not None:
        people = _without(people, _who_disagree(page.cause_id))
    if page.cause == Page.Cause.MESSAGE:
        # They wrote it, and were told that nobody owns it: to be asked themselves would lose a step's time.
        people = _without(people, {page.sent_by_id})
    ids = {one.person_id for meant in people.values() for one in meant}
    ways = {person_id: ways_had(found) for person_id, found in reachability_of(ids).items() if found.hears}
    return Meaning(people, frozenset(ways), ways)


def _who_disagree(page_id: UUID) -> set[UUID]:
    """Whose two views the page is about: neither of them decides between them."""
    before = Page.objects.filter(pk=page_id).values_list("owned_by_id", "sent_by_id").first() or ()
    return {each for each in before if each is not None}


def _without(people: Mapping[Target, tuple[Meant, ...]], but: Collection[UUID]) -> dict[Target, tuple[Meant, ...]]:
    return {target: tuple(one for one in each if one.person_id not in but) for target, each in people.items()}


def climb(page: Page, policy: Policy, move: Move, meant: Meaning) -> list[Announcement]:
    """Writes what the move means, and gives what is to be told. In a transaction that holds the page.

    The next step has a timer of its own. That of the step before ends by firing, or by stop().
    """
    at = database_now()
    news: list[Announcement] = []
    for number in move.skipped:
        news += _skip(page, policy.steps[number], number, meant, at=at)
    if move.asks:
        news += _fire(page, policy, move, meant, at=at)
    else:
        news += _nobody(page, at=at)
    if page.step > 0 or move.skipped:
        news.append(Announcement(CLIMBED, [page.sent_by_id], about(page)))
    return [*news, *moved(page, but={each for one in news if one.event == SENT for each in one.recipients})]


def moved(page: Page, *, but: Collection[UUID] = ()) -> list[Announcement]:
    """What whoever was asked before sees of the page is not as it was: all but these, who are told otherwise."""
    asked = PageAsk.objects.filter(step__page=page).values_list("person_id", flat=True)
    others = sorted(set(asked) - set(but) - {page.sent_by_id})
    return [Announcement(MOVED, others, about(page))] if others else []


def due(step_id: UUID) -> Sequence[Announcement]:
    """The timer of a step: nobody has owned it by then, so the next step fires; and nothing if somebody has.

    Where no server ran when it was due, and that is a shift ago, the page is closed instead.
    """
    step = PageStep.objects.filter(pk=step_id).first()
    page = locked(step.page_id) if step else None
    if step is None or page is None or page.state != Page.State.WAITING or page.step != step.number:
        return []
    policy, climbed = policy_in(page), climbed_of(page)
    if rules.is_too_late(policy, climbed, at=database_now()):
        set_timer(FORGOTTEN, page.pk, after=timedelta(0))
        return []
    # It was due by the database's clock when it was claimed: a clock that was put back since does not unmake that.
    at = max(database_now(), rules.due(policy, climbed) or page.sent)
    meant = meaning(page, policy, at=at)
    move = rules.fire(policy, climbed, at=at, resolved=meant.resolved())
    hush(about(page))
    return climb(page, policy, move, meant)


def failed(page_id: UUID, person_id: UUID, channel: str) -> Sequence[Announcement]:
    """Every way to somebody has failed: where nobody of the step can be reached it is as if it were unanswered.

    Source: delivery failure escalates as an unanswered page does. Nothing for a page that waits for them no longer, and
    for one that somebody holds: they answer it, or move it on, and may wait for this very delivery, to stop it.
    """
    page = locked(page_id, is_waited_for=False)
    if page is None or page.state != Page.State.WAITING:
        return []
    policy, climbed = policy_in(page), climbed_of(page)
    if person_id not in climbed.waits_for or _has_it(page, person_id):
        return []
    ledger.record(
        UNREACHED,
        agent=None,
        patient_id=page.patient_id,
        entity=entity_of(page),
        outcome="failed",
        detail={"person": str(person_id), "channel": channel, "step": page.step},
    )
    news = [Announcement(UNREACHED, [page.sent_by_id], about(page))]
    if any(_has_it(page, each) or _is_tried(page, each) for each in climbed.waits_for - {person_id}):
        return news
    at = database_now()
    meant = meaning(page, policy, at=at)
    move = rules.raise_now(policy, climbed, at=at, resolved=meant.resolved())
    stop(page)
    return [*news, *climb(page, policy, move, meant)]


def _has_it(page: Page, person_id: UUID) -> bool:
    """Whether a device of this person has said that it stores the page."""
    return any(
        rung.person_id == person_id and rung.name == Rung.Name.ON_DEVICE
        for rung in ladder.rungs_of([page.pk]).get(page.pk, [])
    )


def _is_tried(page: Page, person_id: UUID) -> bool:
    """Whether something is on its way to this person, or has been taken."""
    tried = [one for one in tries_of([page.pk]).get(page.pk, []) if one.person_id == person_id]
    heard = [one for one in tried if one.channel not in SILENT]
    return any(one.state in (Delivery.State.WAITING, Delivery.State.SENT) for one in heard)


def stop(page: Page) -> None:
    """The step that waits now waits no longer, and rings nobody any more. In the act's transaction."""
    hush(about(page))
    for step in PageStep.objects.filter(page=page).order_by("number"):
        hush(Subject(RUNG_OUT, step.pk))
        if step.number == page.step:
            drop_timer(DUE, step.pk)


def _skip(page: Page, step: Step, number: int, meant: Meaning, *, at: datetime) -> list[Announcement]:
    """A step that nobody can answer is passed over at once. Whom it means and nothing reaches finds it in the inbox."""
    people = {one: found for one, found in meant.of_step(step).items() if one not in meant.reachable}
    reason = PageStep.Skipped.UNREACHABLE if people else PageStep.Skipped.EMPTY
    row = PageStep.objects.create(page=page, number=number, fired=at, skipped=reason)
    detail: ledger.Detail = {"step": number, "why": reason.value}
    ledger.record(SKIPPED, agent=None, patient_id=page.patient_id, entity=entity_of(page), detail=detail)
    return _ask(page, row, people, at=at) if people else []


def _fire(page: Page, policy: Policy, move: Move, meant: Meaning, *, at: datetime) -> list[Announcement]:
    number = move.page.step
    step = policy.steps[number]
    Page.objects.filter(pk=page.pk).update(step=number, fired=at, state=Page.State.WAITING)
    page.step, page.fired, page.state = number, at, Page.State.WAITING
    row = PageStep.objects.create(page=page, number=number, fired=at)
    people, level = meant.of_step(step), Level(page.level)
    # Who was silent before is asked again; who said no is not, though the step means them.
    asked = {one: people[one] for one in move.asks}
    beside = {one: found for one, found in people.items() if one not in meant.reachable}
    ways = {one: reaching(level, asked[one][0], step, has=meant.ways.get(one, frozenset())) for one in move.asks}
    others = {one for one, found in ways.items() if found.is_other}
    news = _ask(page, row, {**asked, **beside}, at=at, others=others)
    _note_fired(page, step, move, others)
    # The wait of a step whose people are all left in quiet begins when the first of them is let out of it.
    held = ring(page, row, {each: (asked[each][0], found.tries) for each, found in ways.items()}, at=at)
    # Last of all, so that it is not due before the step has fired.
    set_timer(DUE, row.pk, after=step.wait + (held - at if held else timedelta()))
    return news


def _note_fired(page: Page, step: Step, move: Move, others: Collection[UUID]) -> None:
    """Whom the step asked, by which ways where it names any, and who was reached by others than those."""
    detail: dict[str, int | str | list[str]] = {
        "step": move.page.step,
        "asked": [str(each) for each in move.asks],
        "level": page.level,
    }
    if step.ways:
        detail["ways"] = [each.value for each in step.ways]
    if others:
        detail["by_other_ways"] = sorted(str(each) for each in others)
    ledger.record(FIRED, agent=None, patient_id=page.patient_id, entity=entity_of(page), detail=detail)


def ring(page: Page, step: PageStep, tries: Mapping[UUID, tuple[Target, Tries]], *, at: datetime) -> datetime | None:
    """Whoever a step asks is alerted, or held for until their quiet hours end. When, if all of them are held.

    Who sits at the telephone is there to be rung. In the act's transaction.
    """
    level, subject = Level(page.level), about(page)
    phones = [each for each, (target, _tries) in tries.items() if target is Target.BY_PHONE]
    others = [each for each in tries if each not in phones]
    alerting = Alerting(step.pk, subject, level, severity_of(page.patient_id, level), is_raised=page.is_raised)
    ways = interrupt(alerting, others, at=at) | interrupt(replace(alerting, is_raised=True), phones, at=at)
    alert(
        [
            Alert(
                uuid5(step.pk, str(each)),
                each,
                subject,
                level,
                _heard(own, target, ways[each]),
                not_before=ways[each].held_until,
                sound=ways[each].sound,
            )
            for each, (target, own) in tries.items()
        ]
    )
    return held_step(step.pk)


def let_go(page_id: UUID, person_id: UUID) -> Sequence[Announcement]:
    """Somebody who was asked in their quiet hours is told now, where the page still waits for them."""
    page = Page.objects.filter(pk=page_id, state__in=Page.OPEN).first()
    if page is None or PageAnswer.objects.filter(page=page, person_id=person_id).exists():
        return []
    return [Announcement(LET_GO, [person_id], about(page))]


def _heard(tries: Tries, target: Target, way: QuietWay) -> Tries:
    """What is silent in a unit goes to devices alone there, for all else sounds; unless a step has no other way."""
    if way.sound != Sound.SILENT or target is Target.BY_PHONE:
        return tries
    return tuple(one for one in tries if one.channel == Channel.PUSH) or tries


def _ask(
    page: Page,
    step: PageStep,
    people: Mapping[UUID, tuple[Target, Meant]],
    *,
    at: datetime,
    others: Collection[UUID] = (),
) -> list[Announcement]:
    """They are asked: they see the patient for it, and have it in their inbox. `others`: beside the step's own ways."""
    PageAsk.objects.bulk_create(
        PageAsk(step=step, person_id=each, target=target, role_id=one.role_id, by_other_ways=each in others)
        for each, (target, one) in people.items()
    )
    doors = [
        access.Door(page.patient_id, REASON, person_id=each, source_id=page.pk, ends=at + SEES_FOR) for each in people
    ]
    run_together(access.granting(doors))
    return [Announcement(SENT, list(people), about(page), sender=page.sent_by_id, climbs=True)]


def _nobody(page: Page, *, at: datetime) -> list[Announcement]:
    """The end of the ladder: whoever sent it is told, and the lead of the unit."""
    Page.objects.filter(pk=page.pk).update(state=Page.State.NOBODY)
    page.state = Page.State.NOBODY
    ledger.record(NOBODY, agent=None, patient_id=page.patient_id, entity=entity_of(page), outcome="failed")
    lead = lead_of(page.unit_id, at=at)
    told = list(dict.fromkeys([page.sent_by_id, *([lead.pk] if lead else [])]))
    ring_out(page, told, at=at)
    return [Announcement(NOBODY, told, about(page))]


def ring_out(page: Page, people: Collection[UUID], *, at: datetime) -> None:
    """They hear, on a phone in the pocket too, that nobody owns the page: as loudly as it went out, at any hour.

    About the last step and not the page: what a device of theirs has shown is no rung of the page. In the act's
    transaction.
    """
    last = PageStep.objects.filter(page=page).order_by("-number").first()
    if last is None:
        return
    level, subject = Level(page.level), Subject(RUNG_OUT, last.pk)
    ways = interrupt(Alerting(uuid5(last.pk, RUNG_OUT), subject, level, None, is_raised=True), people, at=at)
    alert(
        [
            Alert(uuid5(last.pk, f"{RUNG_OUT}/{each}"), each, subject, level, fall_through(), sound=ways[each].sound)
            for each in people
        ]
    )
