"""In which order channels are tried, and when a failed attempt is made again. Pure: plain values, no clock.

Source: issue 5 (a missing acknowledgement of the device: a text message after 20 s, a call after 60 s).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from handover.reach.models import Channel

# From one attempt to the next: at 0, 5, 15 and 45 s. After the fourth it has failed.
AGAIN_AFTER = (timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=30))
MOST_ATTEMPTS = len(AGAIN_AFTER) + 1


@dataclass(frozen=True)
class Try:
    """One channel, so long after the alert; unless the subject has reached a device of the person by then."""

    channel: Channel
    after: timedelta
    unless_on_device: bool = True


def fall_through() -> tuple[Try, ...]:
    """A notification at once; where no device says that it has it, a text message after 20 s and a call after 60 s."""
    return (
        Try(Channel.PUSH, timedelta(0), unless_on_device=False),
        Try(Channel.SMS, timedelta(seconds=20)),
        Try(Channel.VOICE, timedelta(seconds=60)),
    )


def by_voice_at_once() -> tuple[Try, ...]:
    """A call and a notification at once, whatever a device says: for whoever must be woken."""
    return (
        Try(Channel.VOICE, timedelta(0), unless_on_device=False),
        Try(Channel.PUSH, timedelta(0), unless_on_device=False),
    )


def in_turn(channels: Sequence[Channel], *, has: Collection[Channel], turns: Sequence[timedelta]) -> tuple[Try, ...]:
    """These in their order for somebody who has `has`: the first of those at once, each other at the next of `turns`.

    What stands behind the notification is left out where a device has it by then. What they are not known to have is
    tried with the one behind it: a device that was silent may be back, and nobody waits for it.
    """
    found: list[Try] = []
    for channel in channels:
        place = min(sum(one.channel in has for one in found), len(turns) - 1)
        is_behind = any(one.channel == Channel.PUSH for one in found)
        found.append(Try(channel, turns[place], unless_on_device=is_behind))
    return tuple(found)


def again_after(attempts: int) -> timedelta | None:
    """How long after its failed attempt of this number (from 1) it is tried again; None: it has failed."""
    return AGAIN_AFTER[attempts - 1] if attempts <= len(AGAIN_AFTER) else None
