"""What is meant by the words of a search, and whether a unit takes something at a moment. Pure; no clock of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from handover.duty.rules import Rotation, turns

# What a unit takes is asked anew each day: what was confirmed longer ago is shown as old.
GOOD_FOR = timedelta(hours=24)
AN_INSTANT = timedelta(microseconds=1)
AHEAD = timedelta(days=2)
MOST_WORDS = 8


@dataclass(frozen=True)
class Hours:
    """From one time of the day until the other on the wall of `zone`; without them, always."""

    begins: time | None
    ends: time | None
    zone: ZoneInfo


@dataclass(frozen=True)
class Standing:
    """Whether it is taken at that moment: `status`, or "shut" outside its hours and from when it is again.

    `is_old`: it was confirmed too long ago.
    """

    status: str
    opens: datetime | None
    is_old: bool


def meant(words: str, *, small: Collection[str] = ()) -> list[str]:
    """The words that a search is about, in lower case: no marks, and none of the small words of a question.

    Where nothing else is left the small ones are what was meant: somebody may be called Will.
    """
    kept = "".join(each if each.isalnum() or each in "-'" else " " for each in words.casefold()).split()[:MOST_WORDS]
    return [word for word in kept if word not in small] or kept


def standing(status: str, hours: Hours, *, confirmed: datetime, id: UUID, at: datetime) -> Standing:
    """How it stands at `at` (aware): what was confirmed, within its hours."""
    is_old = at - confirmed > GOOD_FOR
    if hours.begins is None or hours.ends is None:
        return Standing(status, None, is_old)
    day = at.astimezone(hours.zone).date() - timedelta(days=1)
    every_day = Rotation(id=id, zone=hours.zone, first_day=day, begins=hours.begins, ends=hours.ends, people=(id,))
    if turns(every_day, starts=at, ends=at + AN_INSTANT):
        return Standing(status, None, is_old)
    following = turns(every_day, starts=at, ends=at + AHEAD)
    return Standing("shut", following[0].starts if following else None, is_old)
