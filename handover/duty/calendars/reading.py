"""A calendar's text read as turns of one role, or of each role of a unit.

Pure: what is not understood is said in words, and nothing is guessed.

A time without a zone is one of the ward's wall, and a whole day is one of it from midnight to midnight: both are said.
A zone counts by its name in the zone database; what the file claims of it in a VTIMEZONE is not believed. Repetitions
follow the clock on the wall: a night ends at 07:00 also when the clock is put forward (decision 0080).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Calendar

from handover.duty.calendars import recurring
from handover.duty.calendars.recurring import BadRule, rule_of
from handover.duty.calendars.writing import ROLE


@dataclass(frozen=True)
class Bounds:
    """How much of a file is read: whoever sends one costs everybody else so much, and no more."""

    bytes: int
    events: int
    turns: int


OF_A_ROLE = Bounds(256 * 1024, 400, 400)
# Ten roles for four months, a turn a day.
OF_A_UNIT = Bounds(512 * 1024, 1200, 1200)
# Each of them is tried on every day of some years.
MOST_REPEATED = 50
AHEAD = timedelta(days=366)
LONGEST_TURN = timedelta(days=92)
ERRORS_SHOWN = 12


@dataclass(frozen=True)
class ReadTurn:
    """A turn to come, and by which address or name its event says whose it is ("" where it does not).

    `role`: the id of its role, where the file was read for several.
    """

    starts: datetime
    ends: datetime
    email: str
    title: str
    role: str = ""


@dataclass
class Reading:
    """What a file holds for a role or a unit: turns in order, what is wrong, and what one should know of it."""

    turns: list[ReadTurn] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    over: int = 0
    cancelled: int = 0
    of_other_roles: int = 0
    without_zone: int = 0
    whole_days: int = 0


class _Wrong(ValueError):
    """Something of one event, in words."""


@dataclass(frozen=True)
class _Span:
    """From when until when on the wall of a zone: naive, so that days can be added without an hour being lost.

    `lasts`: how long in fact, where the end stands in another zone; on the wall an hour may be missing between them.
    """

    starts: datetime
    ends: datetime
    zone: ZoneInfo
    lasts: timedelta | None = None


def read(raw: bytes, *, zone: ZoneInfo, at: datetime, role_id: str = "") -> Reading:
    """The turns that are not over at `at`, for at most a year. With errors there are none: it is all or nothing."""
    return _read(raw, _Ground(zone, at, OF_A_ROLE, {role_id: ""}))


def read_unit(raw: bytes, *, zone: ZoneInfo, at: datetime, names: Mapping[str, str]) -> Reading:
    """The same for every role of a unit, id -> name. An event is of the role that it carries, else of the one named in
    its title; where that is none, or could be two, the whole file is refused.
    """
    return _read(raw, _Ground(zone, at, OF_A_UNIT, names, is_named=True))


@dataclass(frozen=True)
class _Ground:
    """By which a file is read: the ward's zone, the moment, how much, and for which roles (id -> name)."""

    zone: ZoneInfo
    at: datetime
    bounds: Bounds
    names: Mapping[str, str]
    # Whether an event that carries no role names it in its title: with one role it is that one.
    is_named: bool = False


def _read(raw: bytes, ground: _Ground) -> Reading:
    reading = Reading()
    try:
        events = _events(raw, ground.bounds)
    except _Wrong as exc:
        return Reading(errors=[str(exc)])
    moved = _moved(events)
    for event in events:
        try:
            role = _role_of(event, ground)
            if role is None:
                reading.of_other_roles += 1
                continue
            _take(reading, event, ground, role=role, but=moved.get(str(event.get("UID", "")), ()))
        except _Wrong as exc:
            title = str(event.get("SUMMARY", "")) or _("without a title")
            reading.errors.append(_("%(event)s: %(wrong)s") % {"event": title[:60], "wrong": exc})
        if len(reading.errors) >= ERRORS_SHOWN or len(reading.turns) > ground.bounds.turns:
            break
    return _checked(reading, ground.bounds)


def _role_of(event: Any, ground: _Ground) -> str | None:
    """Of which role the event is; None where it carries another's. Raises _Wrong where that cannot be told."""
    if ROLE in event:
        return str(event[ROLE]) if str(event[ROLE]) in ground.names else None
    if not ground.is_named:
        return next(iter(ground.names))
    title = str(event.get("SUMMARY", "")).casefold()
    named = {name.casefold(): id_ for id_, name in ground.names.items() if name.casefold() in title}
    longest = max(named, key=len, default="")
    # "Charge nurse, night" names the role of the night, and not the charge nurse as well.
    if not longest or any(name not in longest for name in named):
        raise _Wrong(_("it does not say which role of the unit it is of. Name one role in its title."))
    return named[longest]


def _events(raw: bytes, bounds: Bounds) -> list[Any]:
    if len(raw) > bounds.bytes:
        raise _Wrong(_("A file of at most %(most)s KiB.") % {"most": bounds.bytes // 1024})
    try:
        calendars = Calendar.from_ical(raw.decode("utf-8-sig"), multiple=True)
        found = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError) as exc:
        raise _Wrong(_("This is no calendar file (iCalendar, .ics) that can be read.")) from exc
    if not found:
        raise _Wrong(_("There is no event in this file."))
    if len(found) > bounds.events:
        raise _Wrong(_("At most %(most)s events in a file.") % {"most": bounds.events})
    if sum("RRULE" in event for event in found) > MOST_REPEATED:
        raise _Wrong(_("At most %(most)s events that repeat.") % {"most": MOST_REPEATED})
    return found


def _moved(events: Sequence[Any]) -> dict[str, list[Any]]:
    """UID -> the occurrences that have an event of their own (RECURRENCE-ID): the repeated one leaves them out."""
    found: dict[str, list[Any]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            found.setdefault(str(event.get("UID", "")), []).append(event["RECURRENCE-ID"])
    return found


def _checked(reading: Reading, bounds: Bounds) -> Reading:
    reading.turns.sort(key=lambda turn: (turn.starts, turn.ends))
    if len(reading.turns) > bounds.turns:
        reading.errors.append(_("At most %(most)s turns at once. Take a shorter time.") % {"most": bounds.turns})
    until: dict[str, datetime] = {}
    for one in reading.turns:
        if one.starts < until.get(one.role, one.starts):
            reading.errors.append(_("Two turns lie over one another: %(when)s.") % {"when": _said(one.starts)})
            break
        until[one.role] = one.ends
    if reading.errors:
        reading.turns = []
        reading.errors = reading.errors[:ERRORS_SHOWN]
    return reading


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _take(reading: Reading, event: Any, ground: _Ground, *, role: str, but: Sequence[Any]) -> None:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        reading.cancelled += 1
        return
    if event.errors or "DTSTART" not in event:
        raise _Wrong(_("It has no beginning that can be read."))
    first, given = _span(event, ground.zone), event["DTSTART"].dt
    reading.without_zone += isinstance(given, datetime) and given.tzinfo is None
    reading.whole_days += not isinstance(given, datetime)
    email = _email(event)
    for starts in _starts(event, first, at=ground.at, but=but):
        begins = _moment(starts, first.zone)
        ends = begins + first.lasts if first.lasts else _moment(starts + (first.ends - first.starts), first.zone)
        if begins >= ends:
            raise _Wrong(_("It ends before it begins."))
        if ends <= ground.at:
            reading.over += 1
            continue
        reading.turns.append(ReadTurn(begins, ends, email, str(event.get("SUMMARY", "")), role))
        if len(reading.turns) > ground.bounds.turns:
            return


def _span(event: Any, zone: ZoneInfo) -> _Span:
    starts, of_zone = _wall(event["DTSTART"], zone)
    lasts = None
    if "DTEND" in event:
        ends, other = _wall(event["DTEND"], zone)
        if other != of_zone:
            lasts = _moment(ends, other) - _moment(starts, of_zone)
            ends = starts + lasts
    elif isinstance(length := getattr(event.get("DURATION"), "dt", None), timedelta):
        ends = starts + length
    elif isinstance(event["DTSTART"].dt, datetime):
        raise _Wrong(_("It has no end."))
    else:
        ends = starts + timedelta(days=1)
    if ends <= starts:
        raise _Wrong(_("It ends before it begins."))
    if ends - starts > LONGEST_TURN:
        raise _Wrong(_("At most 92 days."))
    return _Span(starts, ends, of_zone, lasts)


def _wall(prop: Any, zone: ZoneInfo) -> tuple[datetime, ZoneInfo]:
    """A date or time as the wall shows it, and on which wall. Raises _Wrong for a zone that nobody knows."""
    value = getattr(prop, "dt", None)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, fold=0), _zone(value, str(getattr(prop, "params", {}).get("TZID", "")), zone)
    if isinstance(value, date):
        return datetime.combine(value, time()), zone
    raise _Wrong(_("It has a time that is none."))


def _zone(value: datetime, named: str, zone: ZoneInfo) -> ZoneInfo:
    if isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo
    if value.tzinfo is None and not named:
        return zone
    if value.tzinfo is not None and not named and value.utcoffset() == timedelta(0):
        return ZoneInfo("UTC")
    raise _Wrong(_("The time zone %(zone)s is not known.") % {"zone": named[:60]})


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """As the rules of rotations have it: the first where the wall shows it twice (PEP 495, fold 0)."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _starts(event: Any, first: _Span, *, at: datetime, but: Sequence[Any]) -> list[datetime]:
    last = (at + AHEAD).astimezone(first.zone).replace(tzinfo=None)
    try:
        found = set(_repeated(event, first, last=last))
    except BadRule as exc:
        raise _Wrong(str(_BAD.get(exc.code, _("It repeats by a rule that is not understood here.")))) from exc
    except (ValueError, OverflowError) as exc:
        raise _Wrong(_("It repeats by a rule that is not understood here.")) from exc
    found |= {_on(prop, first) for prop in _listed(event.get("RDATE"))}
    found -= (
        {_on(prop, first) for prop in (*_listed(event.get("EXDATE")), *but)} if "RECURRENCE-ID" not in event else set()
    )
    return sorted(one for one in found if one <= last)


# Why a rule is not followed (handover/duty/calendars/recurring.py).
_BAD = {
    "start": gettext_lazy("Its first turn is none of those that its rule gives."),
    "long_ago": gettext_lazy("It begins more than four years ago. Shorten it."),
}


def _repeated(event: Any, first: _Span, *, last: datetime) -> Iterator[datetime]:
    parts = event.get("RRULE")
    if parts is None:
        yield first.starts
        return
    if isinstance(parts, list):
        raise BadRule("part")
    until = parts.get("UNTIL")
    end = _until(until[0], first) if until else None
    yield from recurring.starts(rule_of(parts, end), first.starts, last=last)


def _until(value: Any, first: _Span) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(23, 59, 59))
    return value.replace(tzinfo=None) if value.tzinfo is None else value.astimezone(first.zone).replace(tzinfo=None)


def _listed(found: Any) -> list[Any]:
    lists = found if isinstance(found, list) else [found] if found is not None else []
    return [prop for each in lists for prop in getattr(each, "dts", [each])]


def _on(prop: Any, first: _Span) -> datetime:
    """A date of a list on the wall of the first turn; a day alone is the turn of that day."""
    value = getattr(prop, "dt", None)
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            raise _Wrong(_("It has a time that is none."))
        return datetime.combine(value, first.starts.time())
    wall, zone = _wall(prop, first.zone)
    return wall if zone == first.zone else wall.replace(tzinfo=zone).astimezone(first.zone).replace(tzinfo=None)


def _email(event: Any) -> str:
    """The address of whoever attends, where that is one person."""
    found = event.get("ATTENDEE")
    if found is None or isinstance(found, list):
        return ""
    return str(found).strip().lower().removeprefix("mailto:")
