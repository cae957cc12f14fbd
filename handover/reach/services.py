"""What rooms above ask of this one: reach somebody, stop trying, and whom to tell of an answer or of a failure.

Everything is written in the asking act's own transaction and sent after it, by handover/reach/outbox.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from secrets import randbelow
from uuid import UUID

from django.db.models import DateTimeField, Value
from django.db.models.functions import Now

from handover.reach import channels
from handover.reach.models import Channel, Delivery
from handover.reach.rules import Try
from live.inbox import Announcement, Subject, require_transaction

__all__ = ["Alert", "Said", "Try", "alert", "answer_of", "failed_of", "hush", "register_answer", "register_failed"]


class Said(StrEnum):
    """What can be said by a key or a text message, by the digit that says it: what the buttons of a page say."""

    OWNS = "1"
    PASSES = "2"
    WRONG_PERSON = "3"


AnswerHandler = Callable[[UUID, UUID, Said], str]
FailedHandler = Callable[[UUID, UUID, str], Sequence[Announcement]]
_answers: dict[str, AnswerHandler] = {}
_failures: dict[str, FailedHandler] = {}
# Four digits can be typed on any telephone. They name a page and open nothing: the number they come from does.
_CODES = 9000


@dataclass(frozen=True)
class Alert:
    """Somebody is to be reached about a subject. `key` is the same when it is asked for again."""

    key: UUID
    person_id: UUID
    subject: Subject
    level: str
    tries: Sequence[Try]
    # Nothing is sent before: it is held for whoever is left in quiet.
    not_before: datetime | None = None
    # How a device that rings is to sound: a word of paging's levels; empty as the device does by itself.
    sound: str = ""


def alert(alerts: Sequence[Alert]) -> None:
    """One delivery for each try by which its person can be reached; none for the others, and none a second time.

    In the caller's transaction, and sent after its commit. Who has no way at all has no delivery: reachability_of()
    says so before. Raises TransactionManagementError outside a transaction.
    """
    require_transaction()
    people = {asked.person_id for asked in alerts}
    reached = {
        channel: adapter.reaches(people)
        for channel, adapter in channels.configured().items()
        if any(one.channel == channel for asked in alerts for one in asked.tries)
    }
    rows = [
        _delivery(asked, one)
        for asked in alerts
        for one in asked.tries
        if asked.person_id in reached.get(one.channel, ())
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def hush(subject: Subject, *, person_id: UUID | None = None) -> None:
    """Nothing about this subject that is not sent yet will be: to this person, or to anybody. In the act's transaction.

    What is on its way to a gateway at this moment cannot be called back.
    """
    require_transaction()
    rows = Delivery.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, state=Delivery.State.WAITING, person_id__isnull=False
    )
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    # In the order of their ids, so that two acts that stop the same never wait for each other in a circle.
    locked = rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    Delivery.objects.filter(pk__in=list(locked)).update(state=Delivery.State.DROPPED)


def register_answer(kind: str, handler: AnswerHandler) -> None:
    """From now on `handler(subject_id, person_id, said)` is asked when somebody answers such a subject by telephone.

    It is called in no transaction and does its own act. It gives the words that are spoken or sent back; a Refusal's
    message is, too.
    """
    _answers[kind] = handler


def register_failed(kind: str, handler: FailedHandler) -> None:
    """From now on `handler(subject_id, person_id, channel)` is told when no channel of an alert has taken it.

    In the transaction that writes the last failure down; what it gives is announced there. `channel` failed last.
    """
    _failures[kind] = handler


def answer_of(kind: str) -> AnswerHandler | None:
    """Who is asked about an acknowledged subject of this kind."""
    return _answers.get(kind)


def failed_of(kind: str) -> FailedHandler | None:
    """Who is told that nobody was reached about a subject of this kind."""
    return _failures.get(kind)


def _delivery(asked: Alert, one: Try) -> Delivery:
    return Delivery(
        key=asked.key,
        person_id=asked.person_id,
        channel=one.channel,
        subject_kind=asked.subject.kind,
        subject_id=asked.subject.id,
        level=asked.level,
        unless_on_device=one.unless_on_device,
        code=str(10000 - _CODES + randbelow(_CODES)) if one.channel == Channel.SMS else "",
        due=(Value(asked.not_before, DateTimeField()) if asked.not_before else Now()) + one.after,
        sound=asked.sound,
    )
