"""AAC in MP4, whole or in fragments: read strictly, with bounds, and written anew as ADTS. No Django."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import iter_unpack, unpack

MAGIC = b"ftyp"
_MOST_PACKETS = 20_000
_MOST_PACKET = 8_191 - 7
_LOW_COMPLEXITY = 2
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_SAMPLES = 1024
# What may stand at the top of such a file. The others hold nothing of the recording, or something else.
_TOP = {b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"styp", b"sidx", b"mfra", b"wide", b"uuid"}


@dataclass
class _Track:
    rate: int = 0
    channels: int = 0
    sizes: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def remade(content: bytes) -> tuple[bytes, int]:
    """The new file, and how many milliseconds it lasts. Raises ValueError for what is not strictly that."""
    track, packets = _Track(), list[bytes]()
    usual = 0
    for kind, start, end in _boxes(content, 0, len(content)):
        if kind not in _TOP:
            raise ValueError("something beside the recording")
        if kind == b"moov":
            usual = _take_track(content, start, end, track)
            packets += [content[place : place + size] for place, size in zip(track.places, track.sizes, strict=True)]
        elif kind == b"moof":
            packets += _fragment(content, start, end, usual)
        if len(packets) > _MOST_PACKETS:
            raise ValueError("too many packets")
    if not packets or not track.rate or not all(0 < len(packet) <= _MOST_PACKET for packet in packets):
        raise ValueError("no speech")
    made = b"".join(_header(track, len(packet)) + packet for packet in packets)
    return made, len(packets) * _SAMPLES * 1000 // track.rate


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, and where the content begins and ends, of each box."""
    while at < end:
        size, kind = unpack(">I4s", data[at : at + 8]) if at + 8 <= end else (0, b"")
        head = 8
        if size == 1 and at + 16 <= end:
            (size,), head = unpack(">Q", data[at + 8 : at + 16]), 16
        if size < head or at + size > end:
            raise ValueError("a box that breaks off")
        yield kind, at + head, at + size
        at += size


def _one(data: bytes, span: tuple[int, int], *path: bytes) -> tuple[int, int]:
    """The one box at this path. Raises ValueError where there is none, or two."""
    for name in path:
        found = [(start, end) for kind, start, end in _boxes(data, *span) if kind == name]
        if len(found) != 1:
            raise ValueError("not one box")
        span = found[0]
    return span


def _take_track(data: bytes, start: int, end: int, track: _Track) -> int:
    """What moov says of the one track; the usual size of a packet of its fragments."""
    media = _one(data, (start, end), b"trak", b"mdia")
    handler = _one(data, media, b"hdlr")
    if data[handler[0] + 8 : handler[0] + 12] != b"soun":
        raise ValueError("no speech")
    table = _one(data, media, b"minf", b"stbl")
    description = _one(data, table, b"stsd")
    entry = _one(data, (description[0] + 8, description[1]), b"mp4a")
    _take_sound(data, _one(data, (entry[0] + 28, entry[1]), b"esds"), track)
    track.sizes = _sizes(data, _one(data, table, b"stsz"))
    track.places = _places(data, table, track.sizes) if track.sizes else []
    extends = [(a, b) for kind, a, b in _boxes(data, start, end) if kind == b"mvex"]
    if not extends:
        return 0
    usual = _one(data, extends[0], b"trex")
    return int(unpack(">I", data[usual[0] + 16 : usual[0] + 20])[0])


def _take_sound(data: bytes, span: tuple[int, int], track: _Track) -> None:
    """Rate and channels, from the settings of the decoder (descriptor 5 in 4 in 3)."""
    at, kinds = span[0] + 4, (3, 4, 5)
    for kind, skipped in zip(kinds, (3, 13, 0), strict=True):
        if data[at] != kind:
            raise ValueError("no AAC")
        at += 1
        while data[at] & 0x80:
            at += 1
        at += 1 + skipped
    if at + 2 > span[1]:
        raise ValueError("no AAC")
    (bits,) = unpack(">H", data[at : at + 2])
    if bits >> 11 != _LOW_COMPLEXITY or (bits >> 3) & 15 not in (1, 2):
        raise ValueError("no AAC that is taken")
    track.rate, track.channels = _RATES[(bits >> 7) & 15], (bits >> 3) & 15


def _sizes(data: bytes, span: tuple[int, int]) -> list[int]:
    same, count = unpack(">II", data[span[0] + 4 : span[0] + 12])
    if count > _MOST_PACKETS:
        raise ValueError("too many packets")
    if same:
        return [same] * count
    table = data[span[0] + 12 : span[0] + 12 + 4 * count]
    if len(table) != 4 * count:
        raise ValueError("a table that breaks off")
    return [size for (size,) in iter_unpack(">I", table)]


def _places(data: bytes, table: tuple[int, int], sizes: list[int]) -> list[int]:
    """Where each packet lies: chunk by chunk, so many packets in each."""
    start, end = _one(data, table, b"stco")
    chunks = [place for (place,) in iter_unpack(">I", data[start + 8 : end])]
    start, end = _one(data, table, b"stsc")
    runs = [(first, count) for first, count, _ in iter_unpack(">III", data[start + 8 : end])]
    places: list[int] = []
    for number, place in enumerate(chunks, 1):
        count = next((many for first, many in reversed(runs) if first <= number), 0)
        for _ in range(min(count, len(sizes) - len(places))):
            places.append(place)
            place += sizes[len(places) - 1]
    if len(places) != len(sizes) or any(place + size > len(data) for place, size in zip(places, sizes, strict=True)):
        raise ValueError("packets that are not there")
    return places


def _fragment(data: bytes, start: int, end: int, usual: int) -> Iterator[bytes]:
    """The packets of one moof: sizes from trun, places from the beginning of the moof."""
    part = _one(data, (start, end), b"traf")
    head = _one(data, part, b"tfhd")
    (flags,) = unpack(">I", data[head[0] : head[0] + 4])
    at = head[0] + 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2) + 4 * bool(flags & 8)
    if flags & 16:
        (usual,) = unpack(">I", data[at : at + 4])
    place = unpack(">Q", data[head[0] + 8 : head[0] + 16])[0] if flags & 1 else start - 8
    run = _one(data, part, b"trun")
    flags, count = unpack(">II", data[run[0] : run[0] + 8])
    flags, at = flags & 0xFFFFFF, run[0] + 8
    if not flags & 1 or count > _MOST_PACKETS:
        raise ValueError("packets without a place")
    place += unpack(">i", data[at : at + 4])[0]
    at += 4 + 4 * bool(flags & 4)
    width = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    for number in range(count):
        size, here = usual, at + number * width + 4 * bool(flags & 0x100)
        if flags & 0x200:
            (size,) = unpack(">I", data[here : here + 4]) if here + 4 <= run[1] else (0,)
        if not 0 < size <= _MOST_PACKET or not 0 <= place <= len(data) - size:
            raise ValueError("packets that are not there")
        yield data[place : place + size]
        place += size


def _header(track: _Track, size: int) -> bytes:
    """Seven bytes: MPEG-4, no checksum, which rate, how many channels, how long with the header."""
    rate, length = _RATES.index(track.rate), size + 7
    return bytes(
        (
            0xFF,
            0xF1,
            (_LOW_COMPLEXITY - 1) << 6 | rate << 2 | track.channels >> 2,
            (track.channels & 3) << 6 | length >> 11,
            (length >> 3) & 0xFF,
            (length & 7) << 5 | 0x1F,
            0xFC,
        )
    )
