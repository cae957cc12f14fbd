"""When somebody is left in quiet, until when, and whether an alert is held. Pure: plain values, no clock of its own.

Quiet hours are times of the ward's wall clock: it is quiet when the clock on the wall says so, through midnight and on
the days on which the clock is put forward or back. docs/decisions/0095.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handover.paging.rules.levels import Expectation

_A_DAY = timedelta(days=1)
_AN_INSTANT = timedelta(seconds=1)
_LONGEST = timedelta(hours=12)
# What is for information is gathered for so long from the first, and told once.
GATHERED_FOR = timedelta(minutes=15)
# Of whom something may wait: nobody, or a patient who was said to be stable. Where nothing was said, nothing waits.
CALM = frozenset({None, "stable"})


@dataclass(frozen=True)
class Hours:
    """From `starts` until `ends` by the clock of `zone`; through midnight where the end is the earlier one."""

    starts: time
    ends: time
    zone: ZoneInfo

    def hold(self, moment: datetime) -> bool:
        """Whether it is quiet at this moment (aware)."""
        shown = moment.astimezone(self.zone).time()
        if self.starts < self.ends:
            return self.starts <= shown < self.ends
        return shown >= self.starts or shown < self.ends


def longest_is_kept(starts: time, ends: time) -> bool:
    """Whether quiet hours of these times end, and last half a day at the longest."""
    day = datetime(2000, 1, 1, tzinfo=UTC)
    lasts = (datetime.combine(day, ends, tzinfo=UTC) - datetime.combine(day, starts, tzinfo=UTC)) % _A_DAY
    return timedelta(0) < lasts <= _LONGEST


@dataclass(frozen=True)
class Way:
    """How an alert goes: held until then, or at once; and whether it breaks into quiet hours."""

    sound: str
    held_until: datetime | None = None
    is_break: bool = False


def quiet_until(hours: Hours | None, at: datetime) -> datetime | None:
    """The first moment after `at` (aware) at which it is not quiet any more, UTC; None where it is not quiet now."""
    if hours is None or not hours.hold(at):
        return None
    now = at.astimezone(UTC)
    return min(each for each in _ends(hours, now) if each > now and not hours.hold(each))


def told_at(hours: Hours | None, opened: datetime) -> datetime:
    """When what was gathered for somebody since `opened` (aware) is told, UTC: not before their quiet hours end."""
    ends = opened.astimezone(UTC) + GATHERED_FOR
    return quiet_until(hours, ends) or ends


def way_of(expected: Expectation, hours: Hours | None, *, at: datetime, is_raised: bool, severity: str | None) -> Way:
    """How an alert of a level goes to somebody with these hours. `severity`: of the patient it is about; None: of none.

    Held is only what the level allows to wait, of no watcher and of nobody unstable, and only where whoever sends it
    did not say that it must ring.
    """
    until = quiet_until(hours, at)
    if until is None:
        return Way(expected.sound)
    if expected.breaks_quiet_hours or is_raised or severity not in CALM:
        return Way(expected.sound, is_break=True)
    return Way(expected.sound, held_until=until)


def _ends(hours: Hours, now: datetime) -> set[datetime]:
    """Every moment at which quiet hours can end: their end by the clock, either time it is shown; and a turned clock.

    An end that the clock jumps over is the moment of the jump.
    """
    today = now.astimezone(hours.zone).date()
    days = [today + timedelta(days=each) for each in range(3)]
    shown = [datetime.combine(day, hours.ends, tzinfo=hours.zone) for day in days]
    found = {each.replace(fold=fold).astimezone(UTC) for each in shown for fold in (0, 1)}
    turned = _turn_of_the_clock(hours.zone, now, now + 2 * _A_DAY)
    return found | ({turned} if turned else set())


def _turn_of_the_clock(zone: ZoneInfo, early: datetime, late: datetime) -> datetime | None:
    """The second at which the clock is put forward or back between the two; None where it is not."""
    offset = early.astimezone(zone).utcoffset()
    if late.astimezone(zone).utcoffset() == offset:
        return None
    early, late = early.replace(microsecond=0), late.replace(microsecond=0)
    while late - early > _AN_INSTANT:
        middle = early + timedelta(seconds=(late - early) // _AN_INSTANT // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late
