"""How a photo lies in the database: in sealed chunks of 64 KiB, each in its own place.

The id of a chunk follows from the photo and the chunk's number, and is part of what its seal protects: one in another's
place does not open, and one that is missing is missed.
"""

from uuid import UUID, uuid5

from handover.messaging.models import Message, Photo, PhotoChunk, Thread
from handover.messaging.pictures import Picture, chunks
from handover.messaging.sealed import scope_of
from vault.services import Place, seal, unseal


class NotWhole(Exception):
    """A photo of which a part is missing: an error of the house, never of whoever looks."""


def keep(message: Message, picture: Picture) -> Photo:
    """The photo of this message, with its chunks. In the act's transaction."""
    parts = chunks(picture.content)
    photo = Photo.objects.create(
        message=message,
        width=picture.width,
        height=picture.height,
        size=len(picture.content),
        chunk_count=len(parts),
    )
    scope = scope_of(message.thread)
    rows = []
    for number, part in enumerate(parts):
        row = PhotoChunk(id=_id(photo.pk, number), photo=photo, number=number)
        row.sealed = seal(part, scope=scope, place=_place(row.pk))
        rows.append(row)
    PhotoChunk.objects.bulk_create(rows)
    return photo


def content_of(photo: Photo, *, thread: Thread) -> bytes:
    """The JPEG. Not audited: the caller has recorded the read. Raises NotWhole, and VaultError subclasses."""
    scope = scope_of(thread)
    sealed = dict(photo.chunks.values_list("number", "sealed"))
    if sorted(sealed) != list(range(photo.chunk_count)):
        raise NotWhole
    return b"".join(
        unseal(sealed[number], scope=scope, place=_place(_id(photo.pk, number))) for number in range(photo.chunk_count)
    )


def _id(photo_id: UUID, number: int) -> UUID:
    return uuid5(photo_id, str(number))


def _place(chunk_id: UUID) -> Place:
    return Place(model=PhotoChunk._meta.label, field="sealed", row=chunk_id)
