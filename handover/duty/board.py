"""A unit's week as a page draws it: a line a role, a cell a day, in a cell who holds it from when until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from handover.duty.models import PractitionerRole
from handover.duty.rules import Stretch, within
from handover.duty.selectors import A_MINUTE, missing_of

DAYS = 7
# Turns that were not planned are marked: they are what one would not expect.
BY_HAND = frozenset({"taken", "cover", "set"})
# The width of a day's bar, in the units of its drawing.
WIDTH = 120


@dataclass(frozen=True)
class Part:
    """One stretch within a day. `kind` is turn, hand or gap; x and width lie on the day's bar."""

    starts: datetime
    ends: datetime
    name: str
    kind: str
    is_mine: bool
    x: float
    width: float
    is_until_midnight: bool


@dataclass(frozen=True)
class Cell:
    """One day of one role: who holds it when, and where somebody is missing."""

    day: date
    is_today: bool
    parts: Sequence[Part]
    # There was no such role yet: that nobody held it says nothing.
    is_before: bool = False


@dataclass(frozen=True)
class Line:
    """One role and its days."""

    role: PractitionerRole
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Week:
    """From Monday 00:00 to the next, by the wall of `zone`."""

    monday: date
    zone: ZoneInfo

    def midnight(self, number: int) -> datetime:
        """When day `number` begins (0 is Monday, 7 the Monday after), aware UTC."""
        day = self.monday + timedelta(days=number)
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    @property
    def starts(self) -> datetime:
        return self.midnight(0)

    @property
    def ends(self) -> datetime:
        return self.midnight(DAYS)

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=number) for number in range(DAYS)]


def week_of(day: date, zone: ZoneInfo) -> Week:
    """The week that this day lies in."""
    return Week(day - timedelta(days=day.weekday()), zone)


@dataclass(frozen=True)
class Reader:
    """For whom it is drawn, when, and how people are called."""

    person_id: UUID
    today: date
    names: Mapping[UUID, str]


def lines(
    roles: Sequence[PractitionerRole], schedules: Mapping[UUID, Sequence[Stretch]], *, week: Week, reader: Reader
) -> list[Line]:
    """A line for each role, in their order."""
    return [Line(role, _cells(role, schedules[role.pk], week=week, reader=reader)) for role in roles]


def _cells(role: PractitionerRole, stretches: Sequence[Stretch], *, week: Week, reader: Reader) -> list[Cell]:
    # Before the role was made nobody had to hold it.
    missing = within(missing_of(role, stretches), [Stretch(role.made, week.ends, None)])
    held = [one for one in stretches if one.person_id is not None]
    # What is nobody's is a gap where somebody is needed, and free elsewhere: the bar shows its ground there.
    shown = sorted([*held, *missing], key=lambda one: one.starts)
    found = []
    for number, day in enumerate(week.days):
        begins, ends = week.midnight(number), week.midnight(number + 1)
        of_day = within(shown, [Stretch(begins, ends, None)])
        parts = [_part(one, begins, ends, reader) for one in of_day if one.ends - one.starts >= A_MINUTE]
        found.append(Cell(day, day == reader.today, parts, is_before=ends <= role.made))
    return found


def _part(one: Stretch, begins: datetime, ends: datetime, reader: Reader) -> Part:
    scale = WIDTH / (ends - begins).total_seconds()
    return Part(
        starts=one.starts,
        ends=one.ends,
        name=reader.names.get(one.person_id, "") if one.person_id else "",
        kind=_kind(one),
        is_mine=one.person_id == reader.person_id,
        x=round((one.starts - begins).total_seconds() * scale, 2),
        width=round((one.ends - one.starts).total_seconds() * scale, 2),
        is_until_midnight=one.ends == ends,
    )


def _kind(one: Stretch) -> str:
    if one.person_id is None:
        return "gap"
    return "hand" if one.source is not None and one.source.kind in BY_HAND else "turn"
