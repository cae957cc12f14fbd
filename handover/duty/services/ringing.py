"""Ringing whoever is asked to cover: a device at once, then a text message, then a call, until somebody has taken it.

Who is left in quiet is known above this room, which says so here (register_manner). docs/decisions/0080.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from handover.duty.models import CoverRequest
from handover.reach.models import Channel
from handover.reach.rules import fall_through
from handover.reach.services import Alert, alert
from live.inbox import Subject

KIND = "cover_request"
# For a turn that begins sooner nobody is left in quiet: by the morning it would be too late to ask.
WAKES_WITHIN = timedelta(hours=12)


@dataclass(frozen=True)
class Manner:
    """How somebody is rung: not before `held_until`, where they are left in quiet, and with which sound.

    `is_silent`: by a device alone, since a text message and a call make a sound.
    """

    held_until: datetime | None = None
    sound: str = ""
    is_silent: bool = False


# Of such a subject, for these people, at a moment (aware); and whether it wakes whoever is in quiet.
MannerFinder = Callable[[Subject, Collection[UUID], datetime, bool], Mapping[UUID, Manner]]
_finders: list[MannerFinder] = []


def register_manner(finder: MannerFinder) -> None:
    """From now on `finder(subject, people, at, wakes)` says how each is rung, in the transaction that asks them."""
    if finder not in _finders:
        _finders.append(finder)


def ring(request: CoverRequest, people: Sequence[UUID], *, at: datetime) -> None:
    """Each of them is rung by every way they have. In the act's transaction, sent after it; a second time nobody is."""
    subject, wakes, manners = Subject(KIND, request.pk), request.starts - at < WAKES_WITHIN, dict[UUID, Manner]()
    for finder in _finders:
        manners.update(finder(subject, people, at, wakes))
    alert([_alert(subject, each, manners.get(each, Manner())) for each in people])


def _alert(subject: Subject, person_id: UUID, how: Manner) -> Alert:
    tries = [one for one in fall_through() if one.channel == Channel.PUSH or not how.is_silent]
    return Alert(subject.id, person_id, subject, "", tries, not_before=how.held_until, sound=how.sound)
