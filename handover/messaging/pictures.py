"""A photo as it is kept: encoded anew, and with nothing but its picture (remaking/photo.py)."""

from dataclasses import dataclass

from handover.messaging.remaking.faults import Unfit
from handover.messaging.remaking.photo import LONGEST_EDGE, MOST_BYTES, MOST_PIXELS
from handover.messaging.remaking.process import CHUNK_BYTES, remade
from handover.messaging.wording import unfit

__all__ = ["CHUNK_BYTES", "LONGEST_EDGE", "MOST_BYTES", "MOST_PIXELS", "Picture", "chunks", "encoded"]


@dataclass(frozen=True)
class Picture:
    """A JPEG that this house has made, with its size in pixels."""

    content: bytes
    width: int
    height: int


def encoded(content: bytes) -> Picture:
    """The picture in a new file, upright, with nothing beside it. Raises Invalid, in words, for what is no photo."""
    try:
        with remade("photo", chunks(content)) as made:
            width, height = int(made.facts["width"]), int(made.facts["height"])
            return Picture(b"".join(made.parts), width, height)
    except Unfit as fault:
        raise unfit("photo", fault) from fault


def chunks(content: bytes) -> list[bytes]:
    """The content in parts of 64 KiB, the last one shorter."""
    return [content[start : start + CHUNK_BYTES] for start in range(0, len(content), CHUNK_BYTES)]
