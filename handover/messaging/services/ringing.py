"""Ringing whoever was written to and does not look: a device at once, and a text message where none of them has it.

A message never calls anybody up and never climbs: that is a page. What can wait rings a device once; what is for
information rings nothing. Who has answered, and what was taken back, rings no more.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from handover.messaging.models import Message
from handover.paging.rules.levels import Level
from handover.reach.models import Channel
from handover.reach.rules import Try, fall_through
from handover.reach.services import Alert, alert
from live.inbox import Subject

KIND = "message"
_PUSH = tuple(one for one in fall_through() if one.channel == Channel.PUSH)
_TEXT = tuple(one for one in fall_through() if one.channel == Channel.SMS)
TRIES: Mapping[Level, tuple[Try, ...]] = {
    Level.EMERGENCY: (*_PUSH, *_TEXT),
    Level.URGENT: (*_PUSH, *_TEXT),
    Level.NEEDS_ACTION: _PUSH,
    Level.FYI: (),
}


def ring(message: Message, people: Sequence[UUID]) -> None:
    """Whoever was written to is rung, as the message's level says. In the act's transaction, sent after it."""
    tries = TRIES[Level(message.level)]
    if tries:
        subject = Subject(KIND, message.pk)
        key = uuid5(message.pk, "sent")
        alert([Alert(key, each, subject, message.level, tries) for each in people])
