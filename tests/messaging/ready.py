"""Files of tests: made anew as the product does it, or standing ready as if it had been."""

from hashlib import sha256
from uuid import uuid4

from handover.messaging import pieces
from handover.messaging.models import Upload
from handover.messaging.remaking import process
from handover.messaging.services.uploading import DIGEST
from live.acting import acting_for

FACTS = {
    "photo": {"width": 4, "height": 3},
    "pdf": {"pages": 1},
    "voice": {"kind": "audio/webm", "seconds": 2},
}


def remade(kind, content):
    """What the process beside makes of it, and what there is to know of that. Raises Unfit."""
    with process.remade(kind, [content]) as made:
        return b"".join(made.parts), dict(made.facts)


def ready(person, kind, content):
    """The id of a file of this person that waits for its message, with just these bytes."""
    with acting_for(person.pk):
        facts = {**FACTS[kind], DIGEST: sha256(content).hexdigest()}
        about = {"size": len(content), "received": len(content), "made_size": len(content), "facts": facts}
        row = Upload.objects.create(id=uuid4(), person=person, kind=kind, **about)
        for number, start in enumerate(range(0, len(content), pieces.CHUNK_BYTES)):
            pieces.put_aside(row, number, content[start : start + pieces.CHUNK_BYTES], is_made=True)
    return row.pk
