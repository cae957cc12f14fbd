"""No emergency and no urgent message dies silently: who wrote it is told and rung where nobody owns it in time.

An emergency about a patient climbs then, as a page (services/paged.py). From every other one tap leads to a page.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Min

from handover.messaging.models import Message, Thread
from handover.messaging.rules.unowned import UNOWNED, UNOWNED_KIND, is_unowned, is_watched, occasion_of
from handover.messaging.services.answering import asked_of
from handover.messaging.services.paged import page_about
from handover.messaging.services.ringing import KIND, rung_for, tries_of
from handover.paging.quiet.models import Interruption
from handover.paging.quiet.services import Alerting, interrupt
from handover.paging.quiet.severity import severity_of
from handover.paging.rules.levels import Level
from handover.reach.models import Delivery
from handover.reach.services import Alert, alert
from ledger.agents import Entity
from ledger.services import record
from live import ladder
from live.clock import database_now
from live.inbox import Announcement, Subject
from live.models import Rung
from live.timers import set_timer


def watch(message: Message, *, revision: int = 0) -> None:
    """It is looked when the first of those who were rung was to own it, by the times of their own unit.

    In the act's transaction, after they were rung.
    """
    if not is_watched(Level(message.level), is_call_in=message.is_call_in):
        return
    rung = Interruption.objects.filter(occasion=rung_for(message.pk, revision))
    within = rung.aggregate(first=Min("acknowledge_within"))["first"]
    if within is not None:
        set_timer(UNOWNED, message.pk, after=within)


def look(message_id: UUID) -> Sequence[Announcement]:
    """The timer: the author is told and rung where nobody owns the message now; and nothing where somebody does."""
    message = Message.objects.filter(pk=message_id).select_related("thread", "author").first()
    if message is None:
        return []
    # Whoever answers it comes before or after.
    Thread.objects.select_for_update(no_key=True).get(pk=message.thread_id)
    return _told(message)


def failed(message_id: UUID, person_id: UUID, channel: str) -> Sequence[Announcement]:
    """Every way to somebody has failed: where nobody else has it, or may get it yet, the author is told at once."""
    message = Message.objects.filter(pk=message_id).select_related("thread", "author").first()
    if message is None or _may_reach_another(message, but=person_id):
        return []
    # Whoever holds the thread may wait for this delivery, to stop it: nobody is waited for here, and the timer looks.
    is_free = Thread.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=message.thread_id).first()
    return _told(message) if is_free else []


def _may_reach_another(message: Message, *, but: UUID) -> bool:
    on_its_way = Delivery.objects.filter(
        subject_kind=KIND, subject_id=message.pk, state__in=[Delivery.State.WAITING, Delivery.State.SENT]
    )
    rungs = ladder.rungs_of([message.pk]).get(message.pk, [])
    has_it = any(rung.name in (Rung.Name.ON_DEVICE, Rung.Name.OPENED) for rung in rungs)
    return has_it or on_its_way.exclude(person_id=but).exists()


def _told(message: Message) -> list[Announcement]:
    asked, revision = asked_of(message)
    occasion, author = occasion_of(message.pk, revision), message.author_id
    if not is_unowned(asked) or Interruption.objects.filter(occasion=occasion).exists():
        return []
    level, subject = Level(message.level), Subject(UNOWNED_KIND, message.pk)
    severity = severity_of(message.thread.patient_id, level)
    way = interrupt(Alerting(occasion, subject, level, severity, is_raised=True), [author], at=database_now())[author]
    alert([Alert(occasion, author, subject, level, tries_of(level, way), sound=way.sound)])
    record(
        UNOWNED,
        agent=None,
        patient_id=message.thread.patient_id,
        entity=Entity("message", message.pk),
        outcome="failed",
        detail={"thread": str(message.thread_id), "number": message.number, "level": level.value},
    )
    return [Announcement(UNOWNED, [author], Subject(KIND, message.pk)), *page_about(message)]
