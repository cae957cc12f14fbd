"""A rotation: the same hours of the day, held by one person after the other, told in the wall clock of its place.

A night from 19:00 to 07:00 is eleven hours long when the clocks go forward and thirteen when they go back: the turn
follows the clock on the wall, as the people do. Two rotations whose hours meet on the wall meet in time, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from handover.duty.rules.stretches import Source, Stretch

EVERY_DAY = frozenset(range(7))
# Whoever rotates by the quarter year writes a schedule by hand.
LONGEST_TURN_DAYS = 92
MOST_PEOPLE = 60


class BadRotation(ValueError):
    """No schedule follows from it. `code` says why: `nobody`, `turn`, `weekdays`, `people` or `days`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Rotation:
    """Hours of the day from `begins` to `ends`, into the next day where `ends` is not later: equal means all day.

    Held on `weekdays` (0 is Monday, of the day on which the hours begin), from `first_day` to `last_day` and for ever
    without one. After `turn_days` days the next of `people` holds them, in their order, and then the first again; the
    day of the first turn is `first_day`, whether hours are held on it or not.
    """

    id: UUID
    zone: ZoneInfo
    first_day: date
    begins: time
    ends: time
    people: tuple[UUID, ...]
    turn_days: int = 7
    weekdays: frozenset[int] = EVERY_DAY
    last_day: date | None = None


def require_sound(rotation: Rotation) -> None:
    """Raises BadRotation for one that nobody could hold."""
    if not rotation.people:
        raise BadRotation("nobody")
    if len(rotation.people) > MOST_PEOPLE:
        raise BadRotation("people")
    if not 1 <= rotation.turn_days <= LONGEST_TURN_DAYS:
        raise BadRotation("turn")
    if not rotation.weekdays or not rotation.weekdays <= EVERY_DAY:
        raise BadRotation("weekdays")
    if rotation.last_day is not None and rotation.last_day < rotation.first_day:
        raise BadRotation("days")


def turns(rotation: Rotation, *, starts: datetime, ends: datetime) -> list[Stretch]:
    """Who holds it when, between two moments (aware), earliest first, cut to them: one stretch a day."""
    if not rotation.people:
        return []
    source, found = Source("rotation", rotation.id), []
    for day in _days(rotation, starts, ends):
        begins = _moment(rotation, day, rotation.begins)
        over_midnight = rotation.ends <= rotation.begins
        is_over = _moment(rotation, day + timedelta(days=int(over_midnight)), rotation.ends)
        one = Stretch(max(begins, starts), min(is_over, ends), _person_of(rotation, day), source)
        # An hour that the clock leaps over is no time at all.
        if one.starts < one.ends:
            found.append(one)
    return found


def _days(rotation: Rotation, starts: datetime, ends: datetime) -> Iterator[date]:
    """The days on which hours begin that may reach between the two moments."""
    day = max(rotation.first_day, starts.astimezone(rotation.zone).date() - timedelta(days=1))
    last = ends.astimezone(rotation.zone).date()
    last = min(last, rotation.last_day) if rotation.last_day else last
    while day <= last:
        if day.weekday() in rotation.weekdays:
            yield day
        day += timedelta(days=1)


def _person_of(rotation: Rotation, day: date) -> UUID:
    turn = (day - rotation.first_day).days // rotation.turn_days
    return rotation.people[turn % len(rotation.people)]


def _moment(rotation: Rotation, day: date, at: time) -> datetime:
    """When the wall shows it, in UTC: the first time where it does twice.

    A time that is leapt over is read with the offset from before the leap (PEP 495, fold 0), so that the end of one
    turn and the beginning of the next stay one moment.
    """
    return datetime.combine(day, at, tzinfo=rotation.zone).astimezone(UTC)
