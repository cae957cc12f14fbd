"""What ties a person to their duty, and what their leaving the house leaves open: rooms above say so here.

This room does not know who has which patient; the room that does registers when the app starts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from accounts.actors import Actor
from live.refusals import Conflict


@dataclass(frozen=True)
class Tie:
    """Why the duty should not end yet, in words, and the page where that is put right. `may_leave`: a warning only."""

    words: str
    url: str
    way: str
    may_leave: bool


TieFinder = Callable[[Actor, UUID], Tie | None]
_finders: list[TieFinder] = []
Left = Callable[[UUID], None]
_left: list[Left] = []


def register_tie(finder: TieFinder) -> None:
    """From now on `finder(actor, unit_id)` is asked before the person's duty in the unit ends."""
    if finder not in _finders:
        _finders.append(finder)


def tie_of(actor: Actor, unit_id: UUID) -> Tie | None:
    """What ties this person to their duty in the unit: what forbids before what warns; None when nothing does."""
    ties = [tie for finder in _finders if (tie := finder(actor, unit_id)) is not None]
    return min(ties, key=lambda tie: tie.may_leave, default=None)


def require_free(actor: Actor, unit_id: UUID, *, is_warned: bool) -> None:
    """Raises Conflict, in words, for what forbids; and for what warns unless the person was told and chose to go."""
    tie = tie_of(actor, unit_id)
    if tie is not None and not (tie.may_leave and is_warned):
        code = "patients_not_warned" if tie.may_leave else "patients_held"
        raise Conflict(tie.words, act="duty.ended", code=code, subject_id=unit_id)


def register_left(handler: Left) -> None:
    """From now on `handler(person_id)` is called in the transaction by which a person works here no longer."""
    if handler not in _left:
        _left.append(handler)


def has_left(person_id: UUID) -> None:
    """They work here no longer: what they leave open is looked at by the rooms that know of it."""
    for handler in _left:
        handler(person_id)
