"""By which channels a step reaches each of its people: the rule of rules/ways.py, in the words of handover/reach."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from handover.paging.rules import TURNS, Level, Step, Target, Way, ways_for
from handover.reach.models import Channel
from handover.reach.rules import Try, by_voice_at_once, fall_through, in_turn
from handover.reach.selectors import Reachability

CHANNELS: Mapping[Way, Channel] = {
    Way.APP: Channel.PUSH,
    Way.SMS: Channel.SMS,
    Way.VOICE: Channel.VOICE,
    Way.PAGER: Channel.PAGER,
    Way.EMAIL: Channel.EMAIL,
}
WAYS = {channel: way for way, channel in CHANNELS.items()}


@dataclass(frozen=True)
class Reaching:
    """What is tried for one person. `is_other`: beside the ways of the step, of which they have none that it needs."""

    tries: tuple[Try, ...]
    is_other: bool = False


def ways_had(found: Reachability) -> frozenset[Way]:
    """The ways by which somebody is known to be reached now. An open page is the app, as a device is that rings."""
    ways = frozenset(WAYS[channel] for channel in found.channels)
    return ways | {Way.APP} if found.is_at_page else ways


def reaching(level: Level, target: Target, step: Step, *, has: Collection[Way]) -> Reaching:
    """By which channels, and when each, this step reaches somebody whom `target` means and who has these ways."""
    chosen = ways_for(step, target, level, has=has)
    channels, had = [CHANNELS[way] for way in chosen.ways], [CHANNELS[way] for way in has]
    if chosen.is_house:
        return Reaching(_in_time(_of_the_house(target, level), step, had))
    if target is not Target.BY_PHONE:
        return Reaching(in_turn(channels, has=had, turns=TURNS), bool(chosen.others))
    # The call comes first and at once, and what the step names beside it begins with it.
    call, *beside = channels
    tries = (*in_turn([call], has=had, turns=TURNS), *in_turn(beside, has=had, turns=TURNS))
    return Reaching(tries, bool(chosen.others))


def _in_time(tries: tuple[Try, ...], step: Step, had: Collection[Channel]) -> tuple[Try, ...]:
    """The same; for whom the first that they have would come when the step is over, that one at once."""
    moments = [one.after for one in tries if one.channel in had]
    if not moments or min(moments) < step.wait:
        return tries
    return in_turn([one.channel for one in tries], has=had, turns=TURNS)


def _of_the_house(target: Target, level: Level) -> tuple[Try, ...]:
    """Of a step that names no way: who sits at the telephone is rung at once; what can wait rings nobody up."""
    if target is Target.BY_PHONE:
        return by_voice_at_once()
    if level is Level.NEEDS_ACTION:
        return tuple(one for one in fall_through() if one.channel != Channel.VOICE)
    return fall_through()
