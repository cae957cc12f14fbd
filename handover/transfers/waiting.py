"""What rooms above this one add to what waits for a person: pages and messages stand in one inbox with handovers.

A room registers when the app starts and is asked for the inbox and for its count. Each line is drawn by the drawer of
its event, as a stored item would be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.actors import Actor
from live.inbox import Subject


@dataclass(frozen=True)
class Waits:
    """One thing that needs this person: its event and subject, since when, and how urgent it is.

    `rank` 0 is an emergency and stands above everything; 1 is urgent, as an unstable patient's handover is; 2 is a
    watcher's; 3 waits.
    """

    event: str
    subject: Subject
    since: datetime
    rank: int = 3


Provider = Callable[[Actor], Sequence[Waits]]
_providers: list[Provider] = []


def register_waiting(provider: Provider) -> None:
    """Let `provider(actor)` say what else waits for a person. It opens nothing: it is asked for a count, too."""
    if provider not in _providers:
        _providers.append(provider)


def waiting_for(actor: Actor) -> list[Waits]:
    """What the rooms above say, in the order in which they registered."""
    return [each for provider in _providers for each in provider(actor)]
