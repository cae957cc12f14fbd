"""A file for whoever may read the message it was sent with: the read is on the record before a byte leaves."""

from collections.abc import Iterator
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.actors import Actor
from handover.messaging import pieces
from handover.messaging.access import thread_for
from handover.messaging.models import Attachment, Photo, Revision, Thread
from handover.messaging.sealed import scope_of
from handover.messaging.selectors.threads import READ
from ledger import services as ledger
from ledger.agents import Entity
from live.acting import acting_for
from live.refusals import NotFound

FileT = TypeVar("FileT", Photo, Attachment)


def file_for(actor: Actor, file_id: UUID) -> tuple[Attachment, Thread]:
    """The file, with its thread. Recorded as message.read. Raises NotFound, also once its message was taken back."""
    return _read(actor, Attachment.objects.all(), file_id)


def photo_for(actor: Actor, photo_id: UUID) -> bytes:
    """The JPEG. Recorded as message.read. Raises NotFound, also once its message was taken back."""
    row, thread = _read(actor, Photo.objects.all(), photo_id)
    return pieces.content_of(row, scope=scope_of(thread))


@transaction.atomic
def _read(actor: Actor, rows: QuerySet[FileT], file_id: UUID) -> tuple[FileT, Thread]:
    row = rows.select_related("message").filter(pk=file_id).first()
    if row is None:
        raise NotFound(act=READ, subject_id=file_id)
    found = thread_for(actor, row.message.thread_id, act=READ)
    if row.message.revisions.filter(kind=Revision.Kind.RETRACTED).exists():
        raise NotFound(act=READ, subject_id=file_id, patient_id=found.patient_id)
    ledger.record_all(
        [
            ledger.Noted(
                event=READ,
                agent=actor.agent,
                patient_id=found.patient_id,
                relationship_ids=[found.relationship_id] if found.relationship_id else None,
                entity=Entity(row.kind, file_id),
                detail={"thread": str(found.thread.pk), "number": row.message.number},
            )
        ]
    )
    return row, found.thread


def bytes_of(actor: Actor, file: Attachment, thread: Thread, *, first: int, last: int) -> Iterator[bytes]:
    """These bytes of the file, from the first to the last, both counted. One chunk at a time is open.

    The parts are made after the request has been answered, each as the person: whoever may not see the thread any more
    gets no further part.
    """
    scope = scope_of(thread)
    for number in range(first // pieces.CHUNK_BYTES, last // pieces.CHUNK_BYTES + 1):
        with acting_for(actor.person.pk):
            part = pieces.part_of(file, number, scope=scope)
        start = number * pieces.CHUNK_BYTES
        yield part[max(0, first - start) : last + 1 - start]
