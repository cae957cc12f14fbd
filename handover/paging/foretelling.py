"""What a policy will do, told before it is kept: by the rules by which its pages climb and reach people, and no others.

Of a page that nobody answers, with one made-up person for each word, who has every way there is. Pure: no clock or row.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from handover.paging import rules
from handover.paging.rules import Level, Mode, Policy, Step, Target, Way
from handover.paging.services.ways import WAYS, reaching

_SENT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Turn:
    """One way and how long after the step it goes. `unless_on_device`: left out where a device has the page by then."""

    way: Way
    after: timedelta
    unless_on_device: bool


@dataclass(frozen=True)
class Reached:
    """Those of a step who are reached alike, and by which ways, in the order in which they go."""

    targets: tuple[Target, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Fires:
    """A step: how long after the page was sent it fires, if nobody owns it by then, and whom it reaches how.

    `nobody`: those of its words that mean nobody here; where they all do it is passed over at once, and reaches nobody.
    """

    after: timedelta
    mode: Mode
    reached: tuple[Reached, ...]
    nobody: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Foretold:
    """The steps in their order, and how long after the page was sent it has reached nobody."""

    steps: tuple[Fires, ...]
    nobody_after: timedelta


def foretell(policy: Policy, level: Level, *, nobody: Collection[Target] = ()) -> Foretold:
    """What happens to a page of this level that climbs by this policy and that nobody answers.

    `nobody`: the words by which the unit means nobody, whatever the hour.
    """
    people = {target: [UUID(int=number)] for number, target in enumerate(Target) if target not in nobody}
    found: list[Fires] = []
    at, move = _SENT, rules.begin(policy, at=_SENT, resolved=people)
    while True:
        found.extend(_fires(policy.steps[number], level, at - _SENT, nobody) for number in move.skipped)
        if move.page.end is not None:
            return Foretold(tuple(found), at - _SENT)
        found.append(_fires(policy.steps[move.page.step], level, at - _SENT, nobody))
        at = rules.due(policy, move.page) or at
        move = rules.fire(policy, move.page, at=at, resolved=people)


def _fires(step: Step, level: Level, after: timedelta, nobody: Collection[Target]) -> Fires:
    alike: dict[tuple[Turn, ...], list[Target]] = {}
    for target in step.targets:
        if target not in nobody:
            alike.setdefault(_turns(step, target, level), []).append(target)
    reached = tuple(Reached(tuple(targets), turns) for turns, targets in alike.items())
    return Fires(after, step.mode, reached, tuple(each for each in step.targets if each in nobody))


def _turns(step: Step, target: Target, level: Level) -> tuple[Turn, ...]:
    """Those whose turn comes while the step waits: what is still to go when the next one fires is dropped."""
    tries = reaching(level, target, step, has=frozenset(Way)).tries
    return tuple(Turn(WAYS[one.channel], one.after, one.unless_on_device) for one in tries if one.after < step.wait)
