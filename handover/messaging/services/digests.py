"""What came for somebody's information is told once, by a count and without a sound, when its window closes.

What was read meanwhile, taken back, or is not theirs to read any more is not counted; where nothing is left, nothing is
told. docs/decisions/0095.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from handover.messaging.access import readers_allowed
from handover.messaging.models import Message, Revision
from handover.paging.quiet.models import Digest
from handover.paging.quiet.rules import quiet_until
from handover.paging.quiet.selectors import settings_of
from handover.paging.rules.levels import Level, Sound
from handover.reach.models import Channel
from handover.reach.rules import Try
from handover.reach.services import Alert, alert
from live.clock import database_now
from live.inbox import Announcement, Subject
from live.models import Rung

KIND = "digest"
_PUSH = (Try(Channel.PUSH, timedelta(0), unless_on_device=False),)


def close(digest_id: UUID) -> Sequence[Announcement]:
    """The timer of a window: it is closed, and whoever has something to read is told how much.

    An open page has shown each of them already: nothing is announced.
    """
    row = Digest.objects.select_for_update(no_key=True).filter(pk=digest_id, closed__isnull=True).first()
    if row is None:
        return []
    row.closed = at = database_now()
    row.count = len(_unread(row.subjects, row.person_id))
    row.save(update_fields=["closed", "count"])
    if row.count:
        # They may have chosen other hours since the window was opened.
        until = quiet_until(settings_of([row.person_id], at=at)[row.person_id].hours, at)
        told = Alert(row.pk, row.person_id, Subject(KIND, row.pk), Level.FYI, _PUSH, until, Sound.SILENT)
        alert([told])
    return []


def count_of(digest_id: UUID) -> int:
    """How many a digest told of."""
    return Digest.objects.filter(pk=digest_id).values_list("count", flat=True).first() or 0


def none_waits(_digest_ids: Collection[UUID]) -> set[UUID]:
    """A digest is never among what waits for somebody: its messages ask for nothing."""
    return set()


def _unread(message_ids: Collection[UUID], person_id: UUID) -> list[UUID]:
    opened = Rung.objects.filter(subject_id__in=message_ids, person_id=person_id, name=Rung.Name.OPENED)
    retracted = Revision.objects.filter(message__in=message_ids, kind=Revision.Kind.RETRACTED)
    gone = {*opened.values_list("subject_id", flat=True), *retracted.values_list("message_id", flat=True)}
    rows = Message.objects.filter(pk__in=set(message_ids) - gone).select_related("thread")
    allowed = readers_allowed({row.thread for row in rows}, {(person_id, row.thread_id) for row in rows})
    return [row.pk for row in rows if (person_id, row.thread_id) in allowed]
