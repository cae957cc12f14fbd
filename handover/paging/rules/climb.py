"""How a page climbs: a state machine in which no way ends in silence.

A step fires once, at its time or at once when nobody of the step before can answer: it is empty, all of it say "busy,
pass on", or it was the wrong person. The first who owns it ends it, or each has to, as the step says; a committed
answer is never followed by another step. Behind the last step is "nobody": the sender is told, and it stays open for
whoever answers late. All moments are aware UTC and come from the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from handover.paging.rules.policy import Mode, Policy, Step, Target

# Whom each target means at this moment: the people who can be reached, in the order in which they are asked.
Resolved = Mapping[Target, Sequence[UUID]]


# A step that nobody fired in time is not made up for in another shift. Source: FIELD.md E12 (a page of months ago).
FIRES_WITHIN = timedelta(hours=12)
# So long a page that has reached nobody waits for whoever answers late.
OPEN_FOR = timedelta(hours=24)
OPEN_FOR_WHO_LEFT = timedelta(hours=1)


class Answer(StrEnum):
    """What somebody says to a page. Reading it is none of these."""

    OWNS = "owns"
    PASSES = "passes"
    WRONG_PERSON = "wrong_person"


class End(StrEnum):
    """What a page came to. NOBODY is no end for people: whoever answers late still owns it."""

    OWNED = "owned"
    WITHDRAWN = "withdrawn"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Page:
    """How far a page has climbed. `step` is -1 before the first has fired."""

    step: int = -1
    fired: datetime | None = None
    # Until when everybody of the step that waits is left in quiet: its wait begins then.
    held: datetime | None = None
    asked: frozenset[UUID] = frozenset()
    # Of the step that waits now: who has to answer.
    waits_for: frozenset[UUID] = frozenset()
    answers: Mapping[UUID, Answer] = field(default_factory=dict)
    end: End | None = None


@dataclass(frozen=True)
class Move:
    """The page after it, whom it goes to now, and which steps were empty and are reported."""

    page: Page
    asks: tuple[UUID, ...] = ()
    skipped: tuple[int, ...] = ()

    @property
    def tells_sender_nobody(self) -> bool:
        """Whether the sender has to hear that nobody was reached."""
        return self.page.end is End.NOBODY


def begin(policy: Policy, *, at: datetime, resolved: Resolved) -> Move:
    """The first step that reaches anybody fires."""
    return _climb(policy, Page(), at=at, resolved=resolved)


def due(policy: Policy, page: Page) -> datetime | None:
    """When the next step fires if nobody has owned it by then; None for a page that has ended."""
    if page.end is not None or page.fired is None:
        return None
    return (page.held or page.fired) + policy.steps[page.step].wait


def fire(policy: Policy, page: Page, *, at: datetime, resolved: Resolved) -> Move:
    """The next step fires, when it is due: never early, and never after somebody has owned it."""
    moment = due(policy, page)
    if moment is None or at < moment:
        return Move(page)
    return _climb(policy, page, at=at, resolved=resolved)


def is_too_late(policy: Policy, page: Page, *, at: datetime) -> bool:
    """Whether the next step was due so long ago that it is not to fire any more: nobody was there to fire it."""
    moment = due(policy, page)
    return moment is not None and at - moment > FIRES_WITHIN


def is_forgotten(page: Page, *, since: datetime, at: datetime, has_left: bool) -> bool:
    """Whether a page that has reached nobody closes: a day after its last step (`since`), or an hour if they have left.

    The hour is for whoever is on the way from one unit to another.
    """
    if page.end is not End.NOBODY:
        return False
    return at - since > (OPEN_FOR_WHO_LEFT if has_left else OPEN_FOR)


def raise_now(policy: Policy, page: Page, *, at: datetime, resolved: Resolved) -> Move:
    """The next step fires before its time, because the sender does not wait: no answer, or one they disagree with.

    Nothing changes for a page that has ended, nobody's among them: there is no step behind the last.
    """
    return Move(page) if page.end is not None else _climb(policy, page, at=at, resolved=resolved)


def answer(policy: Policy, page: Page, *, person: UUID, said: Answer, at: datetime, resolved: Resolved) -> Move:
    """The page after somebody who was asked has answered.

    Whoever was not asked changes nothing, nor does anybody after it was owned or withdrawn. What they said first can be
    changed until then: a "busy" becomes an "I own it".
    """
    if person not in page.asked or page.end in (End.OWNED, End.WITHDRAWN):
        return Move(page)
    heard = replace(page, answers={**page.answers, person: said})
    if said is Answer.OWNS:
        return Move(_owned(policy, heard))
    if page.end is End.NOBODY or not _is_hopeless(heard):
        return Move(heard)
    return _climb(policy, heard, at=at, resolved=resolved)


def withdraw(page: Page) -> Page:
    """The sender needs it no more. What was owned stays so."""
    return page if page.end is End.OWNED else replace(page, end=End.WITHDRAWN)


def _owned(policy: Policy, page: Page) -> Page:
    """Ended, unless the step that waits wants an answer of each and somebody of it has yet to own it."""
    if page.end is None and policy.steps[page.step].mode is Mode.EACH:
        missing = {one for one in page.waits_for if page.answers.get(one) is not Answer.OWNS}
        if missing:
            return page
    return replace(page, end=End.OWNED)


def _is_hopeless(page: Page) -> bool:
    """Whether everybody of the step that waits has said that it will not be them."""
    return all(page.answers.get(one, Answer.OWNS) is not Answer.OWNS for one in page.waits_for)


def _climb(policy: Policy, page: Page, *, at: datetime, resolved: Resolved) -> Move:
    skipped: list[int] = []
    for number in range(page.step + 1, len(policy.steps)):
        people = _people(policy.steps[number], page, resolved)
        if people:
            asked = page.asked | frozenset(people)
            climbed = replace(page, step=number, fired=at, held=None, asked=asked, waits_for=frozenset(people))
            return Move(climbed, asks=people, skipped=tuple(skipped))
        skipped.append(number)
    return Move(replace(page, end=End.NOBODY, waits_for=frozenset()), skipped=tuple(skipped))


def _people(step: Step, page: Page, resolved: Resolved) -> tuple[UUID, ...]:
    """Whom the step goes to: not those who have said no. Whoever was asked and was silent is asked again."""
    refused = {one for one, said in page.answers.items() if said is not Answer.OWNS}
    found = [one for target in step.targets for one in resolved.get(target, ())]
    return tuple(one for one in dict.fromkeys(found) if one not in refused)
