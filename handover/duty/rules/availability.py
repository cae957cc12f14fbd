"""Whether somebody can be reached as themselves at a moment, and of those who could instead of them, who is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

BUSY, OFF, AVAILABLE, LEFT = "busy", "off", "available", "left"


@dataclass(frozen=True)
class Said:
    """What a person has said of themselves: `busy` or `off`, until when (None: until they are back), who covers."""

    kind: str
    until: datetime | None = None
    cover_id: UUID | None = None


@dataclass(frozen=True)
class Known:
    """What is known of a person at a moment: whether they work here, are on duty or hold a role, and what they said."""

    works_here: bool
    is_on: bool
    said: Said | None = None
    # A clinician goes on and off duty; nobody else does, and is never off for that.
    has_shifts: bool = True


def standing(known: Known, *, at: datetime) -> str:
    """`available`, `busy`, `off` or `left`. What they said counts until its end; without it, whether they are on."""
    if not known.works_here:
        return LEFT
    if known.said is not None and (known.said.until is None or at < known.said.until):
        return known.said.kind
    return OFF if known.has_shifts and not known.is_on else AVAILABLE


def first_available(candidates: Iterable[UUID], *, but: UUID, stands: Callable[[UUID], str]) -> UUID | None:
    """The first who is available and is somebody else; None where nobody is. In a circle nobody is asked twice."""
    seen = {but}
    for each in candidates:
        if each not in seen and stands(each) == AVAILABLE:
            return each
        seen.add(each)
    return None
