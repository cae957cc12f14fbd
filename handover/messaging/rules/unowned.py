"""Which messages are looked at when the time has come by which somebody was to own them, and what tells of it once."""

from uuid import UUID, uuid5

from handover.messaging.rules.answers import Asked, standing_of
from handover.paging.rules.levels import Level

# The timer and the event; and the kind of what rings the author, which nobody can own by telephone.
UNOWNED, UNOWNED_KIND = "message.unowned", "unowned"
WATCHED = frozenset({Level.EMERGENCY, Level.URGENT})


def is_watched(level: Level, *, is_call_in: bool) -> bool:
    """Whether its author is told when nobody owns it in time: it cannot wait, and is to be owned at all."""
    return level in WATCHED and not is_call_in


def is_unowned(asked: Asked) -> bool:
    """Whether it waits for somebody still, or everybody has passed it on; what was taken back waits for nobody."""
    is_asking = is_watched(asked.level, is_call_in=asked.is_call_in)
    return is_asking and standing_of(asked) in ("waiting", "passed_on")


def occasion_of(message_id: UUID, revision: int) -> UUID:
    """What tells of it: once for each revision, since an edit asks anew."""
    return uuid5(message_id, f"{UNOWNED}/{revision}")
