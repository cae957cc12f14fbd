"""By which ways a step reaches somebody: which a policy may not leave out, and which are tried for one person.

A step names ways in their order, or none and then the house's. Who has none of those that this level needs is reached
by all else that they have, too: they hold the role at this hour, and a way too many costs less than the next best
person. docs/decisions/0096.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from handover.paging.rules.levels import Level
from handover.paging.rules.policy import BadPolicy, Policy, Step, Target, Way

# One of these has to be among the ways of a step: an emergency rings a telephone, an urgent page sounds and can be
# answered, one that needs action sounds once (docs/decisions/0081). A pager brings no answer back, and an e-mail makes
# no sound.
NEEDED: Mapping[Level, frozenset[Way]] = {
    Level.EMERGENCY: frozenset({Way.VOICE}),
    Level.URGENT: frozenset({Way.APP, Way.SMS, Way.VOICE}),
    Level.NEEDS_ACTION: frozenset({Way.APP, Way.SMS, Way.VOICE, Way.PAGER}),
}
# When each of a step's ways has its turn; those behind the third have theirs with it.
TURNS = (timedelta(0), timedelta(seconds=20), timedelta(seconds=60))
# What is heard at all.
SOUNDING = frozenset(Way) - {Way.EMAIL}


@dataclass(frozen=True)
class Chosen:
    """The ways that are tried for somebody, in their order. `others`: those of them that the step does not mean.

    `is_house`: they go at the house's moments (handover/reach/rules.py), and not each at its turn.
    """

    ways: tuple[Way, ...]
    is_house: bool = False
    others: tuple[Way, ...] = ()


def turn_of(place: int) -> timedelta:
    """How long after the step has fired the way at this place, from 0, has its turn."""
    return TURNS[min(place, len(TURNS) - 1)]


def require_heard(policy: Policy, level: Level) -> None:
    """Raises BadPolicy for steps by whose ways a page of this level could go unheard; a step that names none is sound.

    `code` is `same_way`, `unheard`, `telephone` (who sits at one is rung) or `turn` (the next step comes before it).
    """
    for step in policy.steps:
        if step.ways:
            _require_heard(step, level)


def ways_for(step: Step, target: Target, level: Level, *, has: Collection[Way]) -> Chosen:
    """By which ways this step reaches somebody whom `target` means and who has these ways now.

    Whoever sits at the telephone is rung first, whatever the order is.
    """
    wanted = step.ways or house_ways(target, level)
    if target is Target.BY_PHONE:
        wanted = (Way.VOICE, *(way for way in wanted if way is not Way.VOICE))
    if not has or _needed(step, target, level) & set(wanted) & set(has):
        return Chosen(wanted, is_house=not step.ways)
    others = _others(wanted, level, has)
    return Chosen((*wanted, *others), is_house=not (step.ways or others), others=others)


def house_ways(target: Target, level: Level) -> tuple[Way, ...]:
    """Those of a step that names none: what can wait rings nobody up, and who sits at the telephone is rung."""
    if target is Target.BY_PHONE:
        return (Way.VOICE, Way.APP)
    return (Way.APP, Way.SMS) if level is Level.NEEDS_ACTION else (Way.APP, Way.SMS, Way.VOICE)


def _needed(step: Step, target: Target, level: Level) -> frozenset[Way]:
    """Of these somebody has to have one, or all else that they have is tried too."""
    if not step.ways:
        return SOUNDING
    return frozenset({Way.VOICE}) if target is Target.BY_PHONE else NEEDED[level]


def _others(wanted: Collection[Way], level: Level, has: Collection[Way]) -> tuple[Way, ...]:
    """All else that somebody has. What can wait rings nobody up where anything else of it is heard."""
    rest = [way for way in Way if way in has and way not in wanted]
    is_heard = bool(SOUNDING & set(rest) - {Way.VOICE})
    rings = level is not Level.NEEDS_ACTION or not is_heard
    return tuple(way for way in rest if rings or way is not Way.VOICE)


def _require_heard(step: Step, level: Level) -> None:
    if len(set(step.ways)) != len(step.ways):
        raise BadPolicy("same_way")
    if Target.BY_PHONE in step.targets and Way.VOICE not in step.ways:
        raise BadPolicy("telephone")
    if not NEEDED[level] & set(step.ways):
        raise BadPolicy("unheard")
    if turn_of(len(step.ways) - 1) >= step.wait:
        raise BadPolicy("turn")
