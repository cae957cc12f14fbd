"""What is typed for a level, and for quiet hours."""

from dataclasses import dataclass
from datetime import time, timedelta

from django.http import QueryDict
from django.utils.dateparse import parse_time

from handover.paging.quiet.services import Chosen

_MOST_MINUTES = 10_000.0


@dataclass(frozen=True)
class Times:
    """Quiet hours as they were typed: empty where none were; `is_wrong` where one of them is no time."""

    starts: time | None
    ends: time | None
    is_wrong: bool = False


def chosen_in(posted: QueryDict) -> Chosen:
    """What a level is to ask. What is no number of minutes is no time at all, which no level takes."""
    try:
        minutes = max(0.0, min(float(posted.get("within", "").replace(",", ".")), _MOST_MINUTES))
    except ValueError:
        minutes = 0.0
    # Not a number compares as nothing does.
    within = timedelta(minutes=minutes) if minutes == minutes else timedelta()  # noqa: PLR0124
    return Chosen(within, posted.get("sound", ""), breaks_quiet_hours="held" not in posted)


def times_in(posted: QueryDict) -> Times:
    """From when until when."""
    starts, ends = posted.get("starts", "").strip(), posted.get("ends", "").strip()
    found = Times(_time(starts), _time(ends))
    is_wrong = bool(starts) != (found.starts is not None) or bool(ends) != (found.ends is not None)
    return Times(found.starts, found.ends, is_wrong)


def _time(text: str) -> time | None:
    try:
        found = parse_time(text)
    except ValueError:
        return None
    # To the minute, and by the ward's clock.
    return found.replace(second=0, microsecond=0, tzinfo=None) if found else None
