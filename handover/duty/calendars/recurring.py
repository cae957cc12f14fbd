"""When a repeated turn comes again (RFC 5545, 3.3.10), by the wall: so many days are looked at and no more.

Every day between two is tried against the rule, so that no rule can be made that never ends or never finds a day. What
no rota needs is refused in words: by the second, the minute and the hour, by week or day of the year.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
# BYSETPOS counts what these give: without one of them there is nothing to count.
_NAMES_DAYS = ("BYDAY", "BYMONTHDAY", "BYMONTH")
LONGEST_INTERVAL = 366
# Of one part: each is tried on each day.
MOST_VALUES = 64
# A rota's first turn lies no further back, and its last no further ahead.
FURTHEST = timedelta(days=5 * 366)


class BadRule(ValueError):
    """No rule that is followed here. `code` says why: part, frequency, number, day, start or long_ago."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Rule:
    """A repetition. `by_day`: which of the month or year (0: each), and the weekday, Monday 0. `until`: on the wall.

    `positions`: of the days that the rest gives in one period the first, the last ..., and not the others.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_starts: int = 0


def rule_of(parts: Mapping[str, Sequence[object]], until: datetime | None) -> Rule:
    """The rule of an RRULE's parts, its UNTIL already on the wall of DTSTART. Raises BadRule."""
    if not set(parts) <= KNOWN or any(len(values) > MOST_VALUES for values in parts.values()):
        raise BadRule("part")
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    if frequency not in FREQUENCIES:
        raise BadRule("frequency")
    by_day, month_days = _days(parts, frequency)
    if "BYSETPOS" in parts and not any(name in parts for name in _NAMES_DAYS):
        raise BadRule("part")
    positions = tuple(_number(each, -366, 366) for each in parts.get("BYSETPOS", ()))
    if 0 in positions:
        raise BadRule("number")
    return Rule(
        frequency=frequency,
        interval=_number(parts.get("INTERVAL", [1])[0], 1, LONGEST_INTERVAL),
        count=_number(parts["COUNT"][0], 1, 10_000) if "COUNT" in parts else None,
        until=until,
        by_day=by_day,
        by_month_day=month_days,
        by_month=tuple(_number(each, 1, 12) for each in parts.get("BYMONTH", ())),
        positions=positions,
        week_starts=_weekday(str(parts.get("WKST", ["MO"])[0]))[1],
    )


def _days(parts: Mapping[str, Sequence[object]], frequency: str) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """The weekdays and the days of the month. Raises BadRule for those that the frequency does not know."""
    most = {"MONTHLY": 5, "YEARLY": 5 if "BYMONTH" in parts else 53}.get(frequency, 0)
    by_day = tuple(_weekday(str(each)) for each in parts.get("BYDAY", ()))
    if any(abs(which) > most for which, _day in by_day):
        raise BadRule("day")
    month_days = tuple(_number(each, -31, 31) for each in parts.get("BYMONTHDAY", ()))
    if 0 in month_days or (month_days and frequency == "WEEKLY"):
        raise BadRule("day")
    return by_day, month_days


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
    return (_number(which, -53, 53) if which else 0), DAYS.index(name)


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
    if not _is_in_turn(rule, first, day) or not _is_of_day(rule, first, day):
        return False
    return not rule.positions or day in _chosen(rule, first, _period_of(rule, day))


def _period_of(rule: Rule, day: date) -> tuple[date, int]:
    """The first day of the period that the day lies in, and how many days it has."""
    if rule.frequency == "DAILY":
        return day, 1
    if rule.frequency == "WEEKLY":
        return _week_of(day, rule.week_starts), 7
    if rule.frequency == "MONTHLY":
        return day.replace(day=1), _length(day)
    return date(day.year, 1, 1), _days_of_year(day.year)


# A period is looked through once, and not for each of its days.
@lru_cache(maxsize=64)
def _chosen(rule: Rule, first: date, period: tuple[date, int]) -> frozenset[date]:
    begins, length = period
    days = [day for number in range(length) if _is_of_day(rule, first, day := begins + timedelta(days=number))]
    places = {place - 1 if place > 0 else len(days) + place for place in rule.positions}
    return frozenset(days[place] for place in places if 0 <= place < len(days))


def _is_in_turn(rule: Rule, first: date, day: date) -> bool:
    """Whether the day lies in a period that the interval does not leave out."""
    if rule.frequency == "DAILY":
        return (day - first).days % rule.interval == 0
    if rule.frequency == "WEEKLY":
        weeks = (_week_of(day, rule.week_starts) - _week_of(first, rule.week_starts)).days // 7
        return weeks % rule.interval == 0
    if rule.frequency == "YEARLY":
        return (day.year - first.year) % rule.interval == 0
    return ((day.year - first.year) * 12 + day.month - first.month) % rule.interval == 0


def _week_of(day: date, begins: int) -> date:
    return day - timedelta(days=(day.weekday() - begins) % 7)


def _is_of_day(rule: Rule, first: date, day: date) -> bool:
    """Whether the day is one of those named, or the first's own where none is named."""
    if rule.by_month and day.month not in rule.by_month:
        return False
    if rule.by_month_day and not any(_is_month_day(day, each) for each in rule.by_month_day):
        return False
    if rule.by_day:
        is_of_year = rule.frequency == "YEARLY" and not rule.by_month
        return any(weekday == day.weekday() and _is_nth(day, which, is_of_year) for which, weekday in rule.by_day)
    return bool(rule.by_month_day) or _is_like_the_first(rule, first, day)


def _is_like_the_first(rule: Rule, first: date, day: date) -> bool:
    """Where no day is named: the same weekday, day of the month, or day of the year."""
    if rule.frequency == "DAILY":
        return True
    if rule.frequency == "WEEKLY":
        return day.weekday() == first.weekday()
    return day.day == first.day and (rule.frequency == "MONTHLY" or bool(rule.by_month) or day.month == first.month)


def _is_month_day(day: date, which: int) -> bool:
    return day.day == (which if which > 0 else _length(day) + 1 + which)


def _is_nth(day: date, which: int, is_of_year: bool) -> bool:
    """Whether it is that one of its month, or of its year, counted from the end where `which` is negative."""
    number, length = (day.timetuple().tm_yday, _days_of_year(day.year)) if is_of_year else (day.day, _length(day))
    nth = (number - 1) // 7 + 1 if which > 0 else -((length - number) // 7 + 1)
    return which in (0, nth)


def _days_of_year(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _length(day: date) -> int:
    following = day.replace(day=28) + timedelta(days=4)
    return (following.replace(day=1) - timedelta(days=1)).day
