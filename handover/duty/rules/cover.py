"""What may be done with a request for cover, and when somebody has to be told that nobody took it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# J9: cover for tonight within ten minutes, or the lead knows; for a day that is far off there is more time.
SOON = timedelta(hours=24)
WAIT_WHEN_SOON = timedelta(minutes=10)
WAIT_OTHERWISE = timedelta(hours=12)
# Both who agreed may take it back for so long.
UNDO_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Standing:
    """A request as it stands: the moments at which something was done with it, aware UTC, None where it was not."""

    ends: datetime
    taken: datetime | None = None
    withdrawn: datetime | None = None
    undone: datetime | None = None


def is_open(request: Standing, *, at: datetime) -> bool:
    """Whether it can still be taken: for what is left of it, also when it has begun."""
    return request.taken is None and request.withdrawn is None and at < request.ends


def may_be_undone(request: Standing, *, at: datetime) -> bool:
    """Whether those who agreed may take it back."""
    if request.taken is None or request.undone is not None or at >= request.ends:
        return False
    return at < request.taken + UNDO_WITHIN


def tell_lead_after(starts: datetime, *, at: datetime) -> timedelta:
    """How long colleagues have to answer before the lead hears of it."""
    return WAIT_WHEN_SOON if starts - at < SOON else WAIT_OTHERWISE
