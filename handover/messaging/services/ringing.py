"""Ringing whoever was written to and does not look: a device at once, and a text message where none of them has it.

A message never calls anybody up and never climbs: that is a page (who wrote it is told: services/unowned.py). What can
wait rings a device once; what is for information is gathered, and told once (services/digests.py). Who has answered,
and what was taken back, rings no more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from handover.messaging.models import Message
from handover.messaging.rules import may_answer
from handover.messaging.services.answering import asked_of
from handover.paging.quiet.gathering import gather
from handover.paging.quiet.rules import Way
from handover.paging.quiet.services import Alerting, interrupt
from handover.paging.quiet.severity import severity_of
from handover.paging.rules.levels import Level, Sound
from handover.reach.models import Channel
from handover.reach.rules import Try, fall_through
from handover.reach.services import Alert, alert
from live.inbox import Announcement, Subject

KIND, LET_GO = "message", "message.let_go"
_PUSH = tuple(one for one in fall_through() if one.channel == Channel.PUSH)
_TEXT = tuple(one for one in fall_through() if one.channel == Channel.SMS)
TRIES: Mapping[Level, tuple[Try, ...]] = {
    Level.EMERGENCY: (*_PUSH, *_TEXT),
    Level.URGENT: (*_PUSH, *_TEXT),
    Level.NEEDS_ACTION: _PUSH,
    Level.FYI: (),
}


def ring(
    message: Message, people: Sequence[UUID], *, at: datetime, is_raised: bool = False, revision: int = 0
) -> dict[UUID, Way]:
    """Whoever was written to is rung, as the message's level says in their unit: at once, or when their quiet ends.

    Once for each revision: an edit asks anew. How each is. In the act's transaction, sent after it.
    """
    level, subject = Level(message.level), Subject(KIND, message.pk)
    if not TRIES[level]:
        gather(message.pk, people, at=at)
        return {}
    severity = severity_of(message.thread.patient_id, level)
    ways = interrupt(Alerting(rung_for(message.pk, revision), subject, level, severity, is_raised), people, at=at)
    key = uuid5(message.pk, f"edited/{revision}" if revision else "sent")
    alert(
        [
            Alert(key, each, subject, level, tries_of(level, way), not_before=way.held_until, sound=way.sound)
            for each, way in ways.items()
        ]
    )
    return ways


def rung_for(message_id: UUID, revision: int) -> UUID:
    """The occasion on which people are rung: the message itself, or one edit of it."""
    return uuid5(message_id, f"edited/{revision}") if revision else message_id


def let_go(message_id: UUID, person_id: UUID) -> Sequence[Announcement]:
    """Somebody who was written to in their quiet hours is told now, where it still asks them for an answer."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None or not may_answer(asked_of(message)[0], person_id):
        return []
    answered = message.acknowledgements.filter(person_id=person_id).exists()
    return [] if answered else [Announcement(LET_GO, [person_id], Subject(KIND, message.pk))]


def tries_of(level: Level, way: Way) -> tuple[Try, ...]:
    """By which ways somebody is reached at this level: a device, and what sounds where their unit lets it."""
    # A text message sounds: what is silent in a unit sends none there.
    return _PUSH if way.sound == Sound.SILENT else TRIES[level]
