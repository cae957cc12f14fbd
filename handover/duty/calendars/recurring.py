"""When a repeated turn comes again (RFC 5545, 3.3.10), by the wall: so many days are looked at and no more.

Every day between two is tried against the rule, so that no rule can be made that never ends or never finds a day. What
no rota needs is refused in words: by the second, by week or day of the year, the n-th of a set.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST"})
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY"})
LONGEST_INTERVAL = 366
# A rota's first turn lies no further back, and its last no further ahead.
FURTHEST = timedelta(days=5 * 366)


class BadRule(ValueError):
    """No rule that is followed here. `code` says why: part, frequency, number, day, start or long_ago."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Rule:
    """A repetition. `by_day`: which of the month (0: each), and the weekday, Monday 0. `until`: on the wall."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    week_starts: int = 0


def rule_of(parts: Mapping[str, Sequence[object]], until: datetime | None) -> Rule:
    """The rule of an RRULE's parts, its UNTIL already on the wall of DTSTART. Raises BadRule."""
    if not set(parts) <= KNOWN:
        raise BadRule("part")
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    if frequency not in FREQUENCIES:
        raise BadRule("frequency")
    by_day = tuple(_weekday(str(each)) for each in parts.get("BYDAY", ()))
    if frequency != "MONTHLY" and any(which for which, _day in by_day):
        raise BadRule("day")
    month_days = tuple(_number(each, -31, 31) for each in parts.get("BYMONTHDAY", ()))
    if 0 in month_days or (month_days and frequency == "WEEKLY"):
        raise BadRule("day")
    return Rule(
        frequency=frequency,
        interval=_number(parts.get("INTERVAL", [1])[0], 1, LONGEST_INTERVAL),
        count=_number(parts["COUNT"][0], 1, 10_000) if "COUNT" in parts else None,
        until=until,
        by_day=by_day,
        by_month_day=month_days,
        week_starts=_weekday(str(parts.get("WKST", ["MO"])[0]))[1],
    )


def _number(given: object, least: int, most: int) -> int:
    try:
        found = int(str(given))
    except ValueError as exc:
        raise BadRule("number") from exc
    if not least <= found <= most:
        raise BadRule("number")
    return found


def _weekday(text: str) -> tuple[int, int]:
    which, name = text[:-2], text[-2:].upper()
    if name not in DAYS:
        raise BadRule("day")
    return (_number(which, -5, 5) if which else 0), DAYS.index(name)


def starts(rule: Rule, first: datetime, *, last: datetime) -> Iterator[datetime]:
    """The beginnings from `first` to `last`, naive and on the wall, in order. Raises BadRule, also for a first that is
    none of them: programs read such a rule in different ways.
    """
    if last - first > FURTHEST:
        raise BadRule("long_ago")
    end = min(last, rule.until) if rule.until is not None else last
    if not _fits(rule, first.date(), first.date()):
        raise BadRule("start")
    found, day = 0, first.date()
    while (moment := datetime.combine(day, first.time())) <= end and (rule.count is None or found < rule.count):
        if _fits(rule, first.date(), day):
            found += 1
            yield moment
        day += timedelta(days=1)


def _fits(rule: Rule, first: date, day: date) -> bool:
    return _is_in_turn(rule, first, day) and _is_of_day(rule, first, day)


def _is_in_turn(rule: Rule, first: date, day: date) -> bool:
    """Whether the day lies in a period that the interval does not leave out."""
    if rule.frequency == "DAILY":
        return (day - first).days % rule.interval == 0
    if rule.frequency == "WEEKLY":
        weeks = (_week_of(day, rule.week_starts) - _week_of(first, rule.week_starts)).days // 7
        return weeks % rule.interval == 0
    return ((day.year - first.year) * 12 + day.month - first.month) % rule.interval == 0


def _week_of(day: date, begins: int) -> date:
    return day - timedelta(days=(day.weekday() - begins) % 7)


def _is_of_day(rule: Rule, first: date, day: date) -> bool:
    """Whether the day is one of those named, or the first's own where none is named."""
    if rule.by_month_day and not any(_is_month_day(day, each) for each in rule.by_month_day):
        return False
    if rule.by_day:
        return any(weekday == day.weekday() and _is_nth(day, which) for which, weekday in rule.by_day)
    if rule.by_month_day or rule.frequency == "DAILY":
        return True
    return day.weekday() == first.weekday() if rule.frequency == "WEEKLY" else day.day == first.day


def _is_month_day(day: date, which: int) -> bool:
    return day.day == (which if which > 0 else _length(day) + 1 + which)


def _is_nth(day: date, which: int) -> bool:
    if which == 0:
        return True
    nth = (day.day - 1) // 7 + 1 if which > 0 else -((_length(day) - day.day) // 7 + 1)
    return nth == which


def _length(day: date) -> int:
    following = day.replace(day=28) + timedelta(days=4)
    return (following.replace(day=1) - timedelta(days=1)).day
