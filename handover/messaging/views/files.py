"""Files in and out: a piece of one that is on its way into a message, and one that was sent."""

import re
from uuid import UUID

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from handover.messaging import selectors, services
from handover.messaging.models import Attachment, FileKind
from handover.messaging.services.uploading import PIECE_BYTES, Piece
from live.refusals import Invalid

_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
_NAMES = {FileKind.PDF.value: "document.pdf", FileKind.VOICE.value: "voice-note"}


@signed_in
@require_POST
def upload(request: SignedInRequest, upload_id: UUID) -> HttpResponse:
    """One piece of a file. The answer says how much is there, and with the last piece what was made of it."""
    part = request.FILES.get("part")
    piece = Piece(
        kind=request.POST.get("kind", ""),
        size=_number(request, "size"),
        at=_number(request, "at"),
        content=part.read(PIECE_BYTES + 1) if part else b"",
    )
    row = services.take_piece(request.actor, upload_id=upload_id, piece=piece)
    return JsonResponse({"ok": True, "received": row.received, "is_ready": row.made_size is not None, **row.facts})


@signed_in
@require_GET
def attachment(request: SignedInRequest, file_id: UUID) -> HttpResponseBase:
    """A PDF or a voice note, for whoever may read its message; a part of it where the player asks for one."""
    row, thread = selectors.file_for(request.actor, file_id)
    span = _span(request.headers.get("Range", ""), row)
    if span is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{row.size}"})
    first, last = span
    answer = StreamingHttpResponse(
        selectors.bytes_of(request.actor, row, thread, first=first, last=last), content_type=row.media_type
    )
    answer["Content-Length"] = str(last + 1 - first)
    answer["Accept-Ranges"] = "bytes"
    # Nothing of it is kept by the browser, and nothing in it may act: it has no origin, and loads nothing.
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = (
        f'{"attachment" if row.kind == FileKind.PDF else "inline"}; filename="{_NAMES[row.kind]}"'
    )
    answer.is_sandboxed = True  # type: ignore[attr-defined]
    if request.headers.get("Range"):
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {first}-{last}/{row.size}"
    return answer


def _span(asked: str, row: Attachment) -> tuple[int, int] | None:
    """First and last byte that were asked for; the whole without a range. None: there are none such."""
    if not asked:
        return 0, row.size - 1
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return (max(0, row.size - int(last)), row.size - 1) if int(last) else None
    end = min(int(last), row.size - 1) if last else row.size - 1
    return (int(first), end) if int(first) <= end else None


def _number(request: SignedInRequest, name: str) -> int:
    value = request.POST.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise Invalid(act="message.upload", code="no_piece")
    return int(value)
