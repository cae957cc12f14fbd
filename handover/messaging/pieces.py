"""How files lie in the database: in sealed chunks of 64 KiB, each in its own place.

The id of a chunk follows from the file and the chunk's number, and is part of what its seal protects: one in another's
place does not open, and one that is missing is missed. One chunk at a time is open in memory, in both directions.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID, uuid5

from handover.messaging.models import Attachment, AttachmentChunk, Photo, PhotoChunk, Upload, UploadChunk
from vault.services import Place, Scope, seal, unseal

CHUNK_BYTES = 64 * 1024
_Chunk = PhotoChunk | AttachmentChunk | UploadChunk


class NotWhole(Exception):
    """A file of which a part is missing: an error of the house, never of whoever looks."""


def chunk_id(file_id: UUID, number: int | str) -> UUID:
    """The id of the chunk at this place of the file."""
    return uuid5(file_id, str(number))


def place_of(model: type[_Chunk], row_id: UUID) -> Place:
    """Where a chunk lies."""
    return Place(model=model._meta.label, field="sealed", row=row_id)


def keep(file: Photo | Attachment, parts: Iterable[bytes], *, scope: Scope) -> None:
    """The file's chunks, one after the other, as they come. In the act's transaction."""
    for number, part in enumerate(parts):
        row_id = chunk_id(file.pk, number)
        file.chunks.create(id=row_id, number=number, sealed=seal(part, scope=scope, place=_place_in(file, row_id)))


def part_of(file: Photo | Attachment, number: int, *, scope: Scope) -> bytes:
    """One chunk of the file. Not audited: the caller has recorded the read. Raises NotWhole, VaultError subclasses."""
    sealed = file.chunks.filter(number=number).values_list("sealed", flat=True).first()
    if sealed is None:
        raise NotWhole
    return unseal(sealed, scope=scope, place=_place_in(file, chunk_id(file.pk, number)))


def content_of(file: Photo | Attachment, *, scope: Scope) -> bytes:
    """The whole file. Not audited: the caller has recorded the read. Raises NotWhole, and VaultError subclasses."""
    return b"".join(part_of(file, number, scope=scope) for number in range(file.chunk_count))


def _place_in(file: Photo | Attachment, row_id: UUID) -> Place:
    return place_of(PhotoChunk if isinstance(file, Photo) else AttachmentChunk, row_id)


def put_aside(upload: Upload, number: int, part: bytes, *, is_made: bool) -> None:
    """One chunk of a file on its way, sealed under its sender's key."""
    row = UploadChunk(id=_aside(upload.pk, number, is_made), upload=upload, number=number, is_made=is_made)
    row.sealed = seal(part, scope=Scope.person(upload.person_id), place=place_of(UploadChunk, row.pk))
    row.save(force_insert=True)


def taken_up(upload: Upload, *, is_made: bool) -> Iterator[bytes]:
    """What came of a file on its way, or what was made of it, one chunk after the other. Raises NotWhole."""
    size = upload.made_size if is_made else upload.size
    for number in range(-(-(size or 0) // CHUNK_BYTES)):
        sealed = upload.chunks.filter(number=number, is_made=is_made).values_list("sealed", flat=True).first()
        if sealed is None:
            raise NotWhole
        place = place_of(UploadChunk, _aside(upload.pk, number, is_made))
        yield unseal(sealed, scope=Scope.person(upload.person_id), place=place)


def _aside(upload_id: UUID, number: int, is_made: bool) -> UUID:
    return chunk_id(upload_id, f"{'made' if is_made else 'came'} {number}")
