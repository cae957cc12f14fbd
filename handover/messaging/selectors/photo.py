"""A photo for whoever may read the message that it was sent with."""

from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from handover.messaging import photos
from handover.messaging.access import thread_for
from handover.messaging.models import Photo, Revision
from handover.messaging.selectors.threads import READ
from ledger import services as ledger
from ledger.agents import Entity
from live.refusals import NotFound


@transaction.atomic
def photo_for(actor: Actor, photo_id: UUID) -> bytes:
    """The JPEG. Recorded as message.read. Raises NotFound, also once its message was taken back."""
    row = Photo.objects.select_related("message").filter(pk=photo_id).first()
    if row is None:
        raise NotFound(act=READ, subject_id=photo_id)
    found = thread_for(actor, row.message.thread_id, act=READ)
    if row.message.revisions.filter(kind=Revision.Kind.RETRACTED).exists():
        raise NotFound(act=READ, subject_id=photo_id, patient_id=found.patient_id)
    ledger.record_all(
        [
            ledger.Noted(
                event=READ,
                agent=actor.agent,
                patient_id=found.patient_id,
                relationship_ids=[found.relationship_id] if found.relationship_id else None,
                entity=Entity("photo", photo_id),
                detail={"thread": str(found.thread.pk), "number": row.message.number},
            )
        ]
    )
    return photos.content_of(row, thread=found.thread)
