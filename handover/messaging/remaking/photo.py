"""A photo drawn anew: upright, and with nothing but its picture. No Django.

Only the picture is drawn into a new file: where it was taken, by what, and whatever else a file can carry beside its
picture is gone. Its size is read before it is unpacked: a small file cannot fill the memory.
"""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from handover.messaging.remaking.faults import Unfit

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 25_000_000
# A photo of a chart is read at this size on any screen of the house; what is larger is drawn smaller.
LONGEST_EDGE = 3000
_QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")
# By their first bytes: what people try most, and are told by name.
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")


def remade(content: bytes) -> tuple[bytes, dict[str, int]]:
    """A JPEG, with its size in pixels. Raises Unfit for what is too large, no picture that is taken, or not whole."""
    if len(content) > MOST_BYTES:
        raise Unfit("photo_too_large")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise Unfit("photo_heic")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            return _drawn(_looked_at(opened))
    except UnidentifiedImageError as exc:
        raise Unfit("photo_no_photo") from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as exc:
        # The decoder's own bound, which is higher, is reached before the size can be asked for.
        raise Unfit("photo_too_many") from exc
    except (OSError, ValueError, SyntaxError) as exc:
        # Whatever a decoder says of a broken file: none of it is for the reader.
        raise Unfit("photo_broken") from exc


def _looked_at(opened: Image.Image) -> Image.Image:
    """The picture, unpacked, once its size and kind are known. Raises Unfit, and what the decoder raises."""
    if opened.width * opened.height > MOST_PIXELS:
        raise Unfit("photo_too_many")
    if getattr(opened, "n_frames", 1) > 1:
        raise Unfit("photo_moving")
    opened.load()
    return opened


def _drawn(opened: Image.Image) -> tuple[bytes, dict[str, int]]:
    upright = ImageOps.exif_transpose(opened)
    # On white: what is transparent would be black.
    flat = Image.new("RGB", upright.size, "white")
    rgba = upright.convert("RGBA")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    flat.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    made = io.BytesIO()
    flat.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue(), {"width": flat.width, "height": flat.height}
