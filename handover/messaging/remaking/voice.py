"""A voice note made anew: the packets of one track of speech in a new container, and nothing else. No Django.

What a page records is WebM with Opus (Chromium, Firefox) or MP4 with AAC (Safari). The packets are taken out, counted
and timed, and put into a container that this house writes: WebM again, or ADTS, which is a header before each packet.
Names, dates, places, pictures and every other track are never copied. Sources: RFC 8794 (EBML), RFC 9559 (Matroska),
RFC 6716 (Opus), RFC 7845 (OpusHead), ISO/IEC 14496-12 (boxes), 14496-3 (AAC, ADTS).
"""

from handover.messaging.remaking import mp4, webm
from handover.messaging.remaking.faults import Unfit

MOST_BYTES = 4 * 1024 * 1024
MOST_SECONDS = 125


def remade(content: bytes) -> tuple[bytes, dict[str, int | str]]:
    """The new file, how many seconds it lasts, and of which type it is. Raises Unfit."""
    if len(content) > MOST_BYTES:
        raise Unfit("voice_too_large")
    try:
        if content.startswith(webm.MAGIC):
            made, milliseconds, kind = *webm.remade(content), "audio/webm"
        elif content[4:8] == mp4.MAGIC:
            made, milliseconds, kind = *mp4.remade(content), "audio/aac"
        else:
            raise Unfit("voice_none")
    except (ValueError, IndexError, KeyError, RecursionError) as exc:
        raise Unfit("voice_broken") from exc
    if milliseconds > MOST_SECONDS * 1000:
        raise Unfit("voice_too_long")
    return made, {"seconds": max(1, round(milliseconds / 1000)), "kind": kind}
