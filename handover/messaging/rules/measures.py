"""How soon what was asked was owned, and how loudly it was asked: figures from plain rows. Pure: no ORM, no clock.

A percentile is a value that occurred (nearest rank, as PostgreSQL's percentile_disc).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

from handover.paging.rules.levels import Level

KeyT = TypeVar("KeyT", bound=Hashable)
# From more than this share on, what is called an emergency is no sign of one any more. Source: CLINICAL practice, 5.
OVERUSED_ABOVE = 0.10
# Of fewer than that one emergency is a large share, and says nothing.
LEAST_SENT = 20


@dataclass(frozen=True)
class Case:
    """One message or page as a unit had it: when it first alerted somebody there, and when somebody first owned it.

    `is_escalated` is None for what climbs nowhere. `owner_role` is empty while nobody owns it.
    """

    level: Level
    came: datetime
    within: timedelta
    owned: datetime | None
    owner_role: str = ""
    is_escalated: bool | None = None
    is_wrong: bool = False

    @property
    def took(self) -> timedelta | None:
        """From the first alert to the first owner; None without one. An answer before the alert took no time."""
        return max(self.owned - self.came, timedelta()) if self.owned else None

    @property
    def is_in_time(self) -> bool:
        """Whether somebody owned it within what its level asks."""
        return self.took is not None and self.took <= self.within


@dataclass(frozen=True)
class Figures:
    """Of so many: owned, in time, escalated of those that can, wrong person; and the times to an owner."""

    count: int
    owned: int
    in_time: int
    climbing: int
    escalated: int
    wrong: int
    p50: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True)
class Share:
    """How much of what a unit sends is of each level."""

    sent: Mapping[Level, int]

    @property
    def total(self) -> int:
        return sum(self.sent.values())

    @property
    def emergencies(self) -> int:
        return self.sent.get(Level.EMERGENCY, 0)

    @property
    def is_overused(self) -> bool:
        """Whether more than a tenth is called an emergency, of enough to tell."""
        return self.total >= LEAST_SENT and self.emergencies > OVERUSED_ABOVE * self.total


def percentile(values: Sequence[timedelta], share: float) -> timedelta | None:
    """The smallest of the values that at least this share of them do not exceed; None of none."""
    if not values:
        return None
    return sorted(values)[max(ceil(share * len(values)), 1) - 1]


def figures(cases: Iterable[Case]) -> Figures:
    """The figures of these cases."""
    known = list(cases)
    took = [one.took for one in known if one.took is not None]
    climbing = [one for one in known if one.is_escalated is not None]
    return Figures(
        count=len(known),
        owned=len(took),
        in_time=sum(one.is_in_time for one in known),
        climbing=len(climbing),
        escalated=sum(bool(one.is_escalated) for one in climbing),
        wrong=sum(one.is_wrong for one in known),
        p50=percentile(took, 0.5),
        p95=percentile(took, 0.95),
    )


def by(cases: Iterable[Case], key: Callable[[Case], KeyT]) -> dict[KeyT, Figures]:
    """The figures of each group."""
    groups: dict[KeyT, list[Case]] = defaultdict(list)
    for one in cases:
        groups[key(one)].append(one)
    return {name: figures(some) for name, some in groups.items()}
