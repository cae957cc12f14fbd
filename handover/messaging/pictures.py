"""A photo as it is kept: looked at, encoded anew, and with nothing but its picture. No ORM.

What came is never kept. Only the picture is drawn into a new file: where it was taken, by what, and whatever else a
file can carry beside its picture is gone. Its size is read before it is unpacked: a small file cannot fill the memory.
"""

import io
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from live.refusals import Invalid

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 25_000_000
# A photo of a chart is read at this size on any screen of the house; what is larger is drawn smaller.
LONGEST_EDGE = 3000
CHUNK_BYTES = 64 * 1024
_QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")
# By their first bytes: what people try most, and are told by name.
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")


@dataclass(frozen=True)
class Picture:
    """A JPEG that this house has made, with its size in pixels."""

    content: bytes
    width: int
    height: int


def encoded(content: bytes) -> Picture:
    """The picture in a new file, upright, without anything beside it.

    Raises Invalid, in words, for what is too large, no picture that is taken here, or not whole.
    """
    if len(content) > MOST_BYTES:
        raise _refused(_("This photo is larger than 15 MiB. Take it again in a lower quality."), "too_large")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        words = _("HEIC photos are not taken. Choose JPEG in the phone's camera settings (Most Compatible).")
        raise _refused(words, "heic")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            return _drawn(_looked_at(opened))
    except UnidentifiedImageError:
        refusal = _refused(_("This is no photo that can be taken: JPEG, PNG or WebP can."), "no_photo")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        # The decoder's own bound, which is higher, is reached before the size can be asked for.
        refusal = _too_many()
    except (OSError, ValueError, SyntaxError, MemoryError):
        # Whatever a decoder says of a broken file: none of it is for the reader.
        refusal = _refused(_("This photo is not whole. Take it or choose it again."), "broken")
    raise refusal


def _looked_at(opened: Image.Image) -> Image.Image:
    """The picture, unpacked, once its size and kind are known. Raises Invalid, and what the decoder raises."""
    if opened.width * opened.height > MOST_PIXELS:
        raise _too_many()
    if getattr(opened, "n_frames", 1) > 1:
        raise _refused(_("A moving picture is not taken. Send a photo."), "moving")
    opened.load()
    return opened


def chunks(content: bytes) -> list[bytes]:
    """The content in parts of 64 KiB, the last one shorter."""
    return [content[start : start + CHUNK_BYTES] for start in range(0, len(content), CHUNK_BYTES)]


def _drawn(opened: Image.Image) -> Picture:
    upright = ImageOps.exif_transpose(opened)
    # On white: what is transparent would be black.
    flat = Image.new("RGB", upright.size, "white")
    rgba = upright.convert("RGBA")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    flat.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    made = io.BytesIO()
    flat.save(made, "JPEG", quality=_QUALITY)
    return Picture(made.getvalue(), flat.width, flat.height)


def _too_many() -> Invalid:
    return _refused(_("This photo has more than 25 megapixels. Take it in a lower quality."), "too_many")


def _refused(words: str, code: str) -> Invalid:
    return Invalid(fields={"photo": words}, code=f"photo_{code}")
