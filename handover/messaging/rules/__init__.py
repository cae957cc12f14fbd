"""The rules of a thread: pure functions over plain values, no ORM and no clock of their own."""

from handover.messaging.rules.answers import (
    ANSWERS,
    NEEDS_ANSWER,
    Answer,
    Asked,
    Heads,
    heads_of,
    may_answer,
    standing_of,
)
from handover.messaging.rules.guard import Name, Traces, named_in, pieces_of, traces_of
from handover.messaging.rules.orders import looks_like_an_order
from handover.messaging.rules.snapshot import applied
from handover.messaging.rules.text import LONGEST, cleaned, mentioned

__all__ = [
    "ANSWERS",
    "LONGEST",
    "NEEDS_ANSWER",
    "Answer",
    "Asked",
    "Heads",
    "Name",
    "Traces",
    "applied",
    "cleaned",
    "heads_of",
    "looks_like_an_order",
    "may_answer",
    "mentioned",
    "named_in",
    "pieces_of",
    "standing_of",
    "traces_of",
]
