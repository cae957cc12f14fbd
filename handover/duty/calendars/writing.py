"""A calendar's text from turns. Pure: the same turns give the same bytes.

Times stand in a zone with its VTIMEZONE, as the wall shows them; a turn that is nobody's or another's now is CANCELLED
under the UID that it had, with a higher SEQUENCE.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

PRODUCT = "-//Readback//duty//EN"
ROLE = "X-READBACK-ROLE"
ASK_AGAIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Attendee:
    """Who holds a turn, in the calendar of a role: for its unit's lead. None in anybody's own."""

    name: str
    email: str


@dataclass(frozen=True)
class CalendarTurn:
    """One turn. `touched` is when something of it was last decided, `sequence` how often since it was first."""

    uid: str
    role_id: UUID
    starts: datetime
    ends: datetime
    title: str
    place: str
    touched: datetime
    sequence: int = 0
    is_cancelled: bool = False
    attendee: Attendee | None = None


def written(turns: Sequence[CalendarTurn], *, name: str, zone: ZoneInfo) -> bytes:
    """The text of the calendar, folded and with CRLF as RFC 5545 wants it."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    for turn in sorted(turns, key=lambda one: (one.starts, one.uid)):
        calendar.add_component(_event(turn, zone))
    if turns:
        # A zone's changes, from a year before the first turn: whoever reads it needs none of its own.
        days = [turn.starts.date() for turn in turns]
        year = timedelta(days=366)
        calendar.add_missing_timezones(first_date=min(days) - year, last_date=max(days) + year)
    return bytes(calendar.to_ical())


def _event(turn: CalendarTurn, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", turn.uid)
    event.add("dtstamp", turn.touched.astimezone(UTC))
    event.add("dtstart", _on_the_wall(turn.starts, zone))
    event.add("dtend", _on_the_wall(turn.ends, zone))
    event.add("sequence", turn.sequence)
    event.add("summary", turn.title)
    event.add("location", turn.place)
    event.add("status", "CANCELLED" if turn.is_cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add(ROLE, str(turn.role_id))
    if turn.attendee is not None:
        address = vCalAddress(f"mailto:{turn.attendee.email}")
        address.params["CN"] = turn.attendee.name
        event.add("attendee", address)
    return event


def _on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """The wall's time, but UTC where the wall shows it twice and the second is meant: a text cannot say which."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if local.fold or moment.microsecond or moment.second else local
