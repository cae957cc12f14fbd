"""How a moment reads in a reason: the ward's own time, with the day when it is another one."""

from datetime import datetime, tzinfo


def clock(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """02:59, or 23-Nov 02:59 on another day than today, with the year once it is another."""
    there, today = moment.astimezone(zone), now.astimezone(zone).date()
    if there.date() == today:
        return f"{there:%H:%M}"
    return f"{there:%d-%b %H:%M}" if there.year == today.year else f"{there:%d-%b-%Y %H:%M}"
