"""A file on its way: taken in pieces, each sealed as it comes; made anew by another process; then part of a message.

Nothing of it is written to a file, and no more than a piece of it is ever open in this process. A piece that comes
again is taken once, so that a line that breaks loses nothing. None of this is on the record: nobody has been told
anything, and what was sent is recorded with its message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.messaging import pieces
from handover.messaging.models import Attachment, FileKind, Message, Photo, Upload
from handover.messaging.remaking import pdf, photo, voice
from handover.messaging.remaking.faults import Unfit
from handover.messaging.remaking.process import remade
from handover.messaging.sealed import scope_of
from handover.messaging.wording import unfit
from live.acting import acting_as_system
from live.refusals import Conflict, Invalid, NotFound

MOST_BYTES = {"photo": photo.MOST_BYTES, "pdf": pdf.MOST_BYTES, "voice": voice.MOST_BYTES}
# Of the file as it was made, beside what its maker has found: kept with the message, and never on a page.
DIGEST = "sha256"
PIECE_BYTES = 4 * pieces.CHUNK_BYTES
# Of one person: with another, the oldest is dropped.
MOST_ON_THEIR_WAY = 6
WAITS_FOR = timedelta(hours=1)
LOOK_SECONDS = 300.0
TAKEN = "message.upload"


@dataclass(frozen=True)
class Piece:
    """A part of a file, and where in it. `size` is that of the whole."""

    kind: str
    size: int
    at: int
    content: bytes


def take_piece(actor: Actor, *, upload_id: UUID, piece: Piece) -> Upload:
    """The file so far; with its last piece, made anew. A piece that is there already changes nothing.

    Raises Invalid for what is too large or cannot be made anew, with what to do; NotFound for another's file.
    """
    _require_fit(piece)
    with transaction.atomic():
        upload = _opened(actor, upload_id, piece)
        if piece.at == upload.received and upload.received < upload.size:
            for start in range(0, len(piece.content), pieces.CHUNK_BYTES):
                part = piece.content[start : start + pieces.CHUNK_BYTES]
                pieces.put_aside(upload, (piece.at + start) // pieces.CHUNK_BYTES, part, is_made=False)
            upload.received += len(piece.content)
            upload.save(update_fields=["received"])
    if upload.received == upload.size and upload.made_size is None:
        _make(upload)
    return upload


def take_whole(actor: Actor, *, kind: str, size: int, parts: Iterable[bytes]) -> UUID:
    """The id of a file that was posted with its form, by a page without a script. Raises Invalid."""
    upload_id, at = uuid4(), 0
    for part in parts:
        take_piece(actor, upload_id=upload_id, piece=Piece(kind, size, at, part))
        at += len(part)
    return upload_id


def ready(actor: Actor, upload_ids: Iterable[UUID]) -> dict[str, Upload]:
    """The files that were on their way, made and whole, locked, by their kind. In the act's transaction.

    Raises Invalid where one is not there any more, or not whole, and for two of a kind.
    """
    found: dict[str, Upload] = {}
    for upload_id in upload_ids:
        upload = Upload.objects.select_for_update().filter(pk=upload_id, person=actor.person).first()
        if upload is None or upload.made_size is None or DIGEST not in upload.facts:
            raise Invalid(_("A file is not there any more. Choose it again."), code="no_upload")
        if upload.kind in found:
            raise Invalid(_("One photo, one PDF and one voice note go with a message."), code="two_of_a_kind")
        found[upload.kind] = upload
    return found


def attach(message: Message, uploads: Iterable[Upload]) -> dict[str, int]:
    """These files, as part of the message whose row is there; of each kind its size. In the act's transaction."""
    sizes: dict[str, int] = {}
    for upload in uploads:
        sizes[upload.kind] = upload.made_size or 0
        _attach_one(message, upload, sizes[upload.kind])
        upload.delete()
    return sizes


def sweep() -> None:
    """What nobody has sent for an hour is gone."""
    with acting_as_system("messaging.uploads"), transaction.atomic():
        Upload.objects.filter(opened__lt=Now() - WAITS_FOR).delete()


def _require_fit(piece: Piece) -> None:
    most = MOST_BYTES.get(piece.kind)
    if most is None or piece.size < 1 or piece.at < 0 or piece.at % pieces.CHUNK_BYTES:
        raise Invalid(act=TAKEN, code="no_piece")
    if piece.size > most:
        raise unfit(piece.kind, Unfit(f"{piece.kind}_too_large"))
    left = piece.size - piece.at
    is_last = len(piece.content) == left
    if not piece.content or len(piece.content) > PIECE_BYTES:
        raise Invalid(act=TAKEN, code="no_piece")
    if not is_last and (len(piece.content) > left or len(piece.content) % pieces.CHUNK_BYTES):
        raise Invalid(act=TAKEN, code="no_piece")


def _opened(actor: Actor, upload_id: UUID, piece: Piece) -> Upload:
    """The file, locked; a new one with its first piece."""
    if piece.at == 0:
        row = Upload(id=upload_id, person=actor.person, kind=piece.kind, size=piece.size)
        Upload.objects.bulk_create([row], ignore_conflicts=True)
        _drop_oldest(actor)
    upload = Upload.objects.select_for_update().filter(pk=upload_id, person=actor.person).first()
    if upload is None:
        raise NotFound(_("This file is not there any more. Choose it again."), act=TAKEN)
    if (upload.kind, upload.size) != (piece.kind, piece.size):
        raise Conflict(act=TAKEN, code="another_file")
    return upload


def _drop_oldest(actor: Actor) -> None:
    own = Upload.objects.filter(person=actor.person)
    kept = own.order_by("-opened", "pk").values_list("pk", flat=True)[:MOST_ON_THEIR_WAY]
    own.exclude(pk__in=list(kept)).delete()


def _make(upload: Upload) -> None:
    """The file anew. What came is gone then; where it cannot be made, all of it is. Raises Invalid."""
    try:
        with remade(upload.kind, pieces.taken_up(upload, is_made=False)) as made, transaction.atomic():
            found = Upload.objects.select_for_update().filter(pk=upload.pk).first()
            if found is None or found.made_size is not None:
                return
            digest = sha256()
            for number, part in enumerate(made.parts):
                digest.update(part)
                pieces.put_aside(found, number, part, is_made=True)
            upload.made_size, upload.facts = made.size, {**made.facts, DIGEST: digest.hexdigest()}
            upload.save(update_fields=["made_size", "facts"])
            upload.chunks.filter(is_made=False).delete()
    except Unfit as fault:
        Upload.objects.filter(pk=upload.pk).delete()
        raise unfit(upload.kind, fault) from fault


def _attach_one(message: Message, upload: Upload, size: int) -> None:
    facts, about = upload.facts, {"message": message, "size": size, "chunk_count": -(-size // pieces.CHUNK_BYTES)}
    row: Photo | Attachment
    if upload.kind == FileKind.PHOTO:
        row = Photo.objects.create(width=facts["width"], height=facts["height"], **about)
    elif upload.kind == FileKind.PDF:
        row = Attachment.objects.create(kind=upload.kind, media_type="application/pdf", extent=facts["pages"], **about)
    else:
        row = Attachment.objects.create(kind=upload.kind, media_type=facts["kind"], extent=facts["seconds"], **about)
    pieces.keep(row, pieces.taken_up(upload, is_made=True), scope=scope_of(message.thread))
