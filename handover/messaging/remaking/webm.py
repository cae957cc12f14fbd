"""Opus in WebM: read strictly, with bounds, and written anew. No Django."""

from collections.abc import Iterator
from struct import pack, unpack

MAGIC = b"\x1a\x45\xdf\xa3"
_HEADER, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_DOCTYPE, _TRACK, _NUMBER, _KIND, _CODEC, _PRIVATE = 0x4282, 0xAE, 0xD7, 0x83, 0x86, 0x63A2
_LACING, _BLOCK, _SIMPLE, _GROUP, _ENCODINGS = 0x06, 0xA1, 0xA3, 0xA0, 0x6D80
# Elements that may be of unknown size: they end where one of their own level, or of a higher one, begins.
_UNKNOWN = {_SEGMENT, _CLUSTER}
_ABOVE_A_CLUSTER = {_CLUSTER, _INFO, _TRACKS, 0x1C53BB6B, 0x1254C367, 0x114D9B74, 0x1043A770, 0x1941A469}
_MOST_PACKETS = 60_000
_SPEECH, _OPUS, _OPUS_HEAD = 2, b"A_OPUS", b"OpusHead"
_SEEK_PRE_ROLL_NS = 80_000_000
_PER_CLUSTER_MS = 5_000
# Of Opus: milliseconds times ten of one frame, by the configuration in the first five bits. Source: RFC 6716, 3.1.
_FRAMES = [100, 200, 400, 600] * 3 + [100, 200] * 2 + [25, 50, 100, 200] * 4
_MOST_FRAMES = 48


def remade(content: bytes) -> tuple[bytes, int]:
    """The new file, and how many milliseconds it lasts. Raises ValueError for what is not strictly that."""
    recording = b""
    for kind, body in _elements(content, 0):
        if kind == _SEGMENT:
            recording = body
        elif kind != _HEADER or dict(_elements(body, 2)).get(_DOCTYPE, b"").rstrip(b"\0") != b"webm":
            raise ValueError("no WebM")
    head, packets = _heard(recording)
    tenths = sum(_lasts(packet) for packet in packets)
    return _written(head, packets, tenths / 10), tenths // 10


def _heard(recording: bytes) -> tuple[bytes, list[bytes]]:
    """OpusHead and the packets."""
    number, head, packets = 0, b"", list[bytes]()
    for kind, body in _elements(recording, 1):
        if kind == _TRACKS:
            number, head = _speech(body)
        elif kind == _CLUSTER:
            packets += _packets(body, number)
        if len(packets) > _MOST_PACKETS:
            raise ValueError("too many packets")
    if not packets or not head:
        raise ValueError("no speech")
    return head, packets


def _elements(data: bytes, level: int) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each element. Level 0 is the file, 1 a segment, 2 all below."""
    at = 0
    while at < len(data):
        kind, at = _kind(data, at)
        size, at, is_unknown = _size(data, at)
        if is_unknown:
            if kind not in _UNKNOWN:
                raise ValueError("an element without an end")
            end = len(data) if kind == _SEGMENT else _end_of_cluster(data, at)
        else:
            end = at + size
        if end > len(data):
            raise ValueError("an element that breaks off")
        yield kind, data[at:end]
        at = end
        if level == 0 and kind == _SEGMENT and at != len(data):
            raise ValueError("something behind the recording")


def _end_of_cluster(data: bytes, at: int) -> int:
    while at < len(data):
        kind, after = _kind(data, at)
        if kind in _ABOVE_A_CLUSTER:
            return at
        size, after, is_unknown = _size(data, after)
        if is_unknown:
            raise ValueError("an element without an end")
        at = after + size
    return at


def _kind(data: bytes, at: int) -> tuple[int, int]:
    length = 9 - data[at].bit_length()
    if length > 4 or at + length > len(data):
        raise ValueError("no element")
    return int.from_bytes(data[at : at + length], "big"), at + length


def _size(data: bytes, at: int) -> tuple[int, int, bool]:
    length = 9 - data[at].bit_length()
    if length > 8 or at + length > len(data):
        raise ValueError("no size")
    mask = (1 << (7 * length)) - 1
    value = int.from_bytes(data[at : at + length], "big") & mask
    return value, at + length, value == mask


def _speech(tracks: bytes) -> tuple[int, bytes]:
    """Number and OpusHead of the one track. A second one, of whatever kind, is not taken."""
    found = list(_elements(tracks, 2))
    if [kind for kind, _ in found if kind not in (0xEC, 0xBF)] != [_TRACK]:
        raise ValueError("not one track")
    track = dict(_elements(next(body for kind, body in found if kind == _TRACK), 2))
    if int.from_bytes(track[_KIND], "big") != _SPEECH or track[_CODEC] != _OPUS or _ENCODINGS in track:
        raise ValueError("no Opus")
    head = track[_PRIVATE]
    # Version 1, one or two channels, mapping family 0: nineteen bytes, and none that could carry anything.
    if len(head) != 19 or head[:9] != _OPUS_HEAD + b"\x01" or head[9] not in (1, 2) or head[18] != 0:
        raise ValueError("no Opus")
    return int.from_bytes(track[_NUMBER], "big"), head


def _packets(cluster: bytes, number: int) -> Iterator[bytes]:
    for kind, body in _elements(cluster, 2):
        if kind == _SIMPLE:
            yield _packet(body, number)
        elif kind == _GROUP:
            yield _packet(dict(_elements(body, 2))[_BLOCK], number)


def _packet(block: bytes, number: int) -> bytes:
    track, at, _ = _size(block, 0)
    if track != number or not number or block[at + 2] & _LACING or len(block) < at + 4:
        raise ValueError("a packet of another kind")
    return block[at + 3 :]


def _lasts(packet: bytes) -> int:
    """Tenths of a millisecond."""
    code = packet[0] & 3
    frames = 1 if code == 0 else 2 if code < 3 else packet[1] & 63
    if not 1 <= frames <= _MOST_FRAMES:
        raise ValueError("a packet without sound")
    return frames * _FRAMES[packet[0] >> 3]


def _element(kind: int, body: bytes) -> bytes:
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + (len(body) | 1 << 56).to_bytes(8, "big") + body


def _whole(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def _written(head: bytes, packets: list[bytes], milliseconds: float) -> bytes:
    header = _element(0x4286, b"\1") + _element(0x42F7, b"\1") + _element(0x42F2, b"\4") + _element(0x42F3, b"\x08")
    header += _element(_DOCTYPE, b"webm") + _element(0x4287, b"\4") + _element(0x4285, b"\2")
    info = _element(0x2AD7B1, _whole(1_000_000)) + _element(0x4489, pack(">d", milliseconds))
    info += _element(0x4D80, b"Readback") + _element(0x5741, b"Readback")
    (skipped,) = unpack("<H", head[10:12])
    sound = _element(0xB5, pack(">d", 48_000.0)) + _element(0x9F, _whole(head[9]))
    track = _element(_NUMBER, b"\1") + _element(0x73C5, b"\1") + _element(_KIND, b"\2") + _element(_CODEC, _OPUS)
    track += _element(0x56AA, _whole(skipped * 1_000_000_000 // 48_000)) + _element(0x56BB, _whole(_SEEK_PRE_ROLL_NS))
    track += _element(_PRIVATE, head) + _element(0xE1, sound)
    segment = _element(_INFO, info) + _element(_TRACKS, _element(_TRACK, track)) + b"".join(_clusters(packets))
    return _element(_HEADER, header) + _element(_SEGMENT, segment)


def _clusters(packets: list[bytes]) -> Iterator[bytes]:
    began, blocks, tenths = 0, list[bytes](), 0
    for packet in packets:
        at = tenths // 10
        if at - began >= _PER_CLUSTER_MS:
            yield _element(_CLUSTER, _element(0xE7, _whole(began)) + b"".join(blocks))
            began, blocks = at, []
        blocks.append(_element(_SIMPLE, b"\x81" + pack(">h", at - began) + b"\x80" + packet))
        tenths += _lasts(packet)
    yield _element(_CLUSTER, _element(0xE7, _whole(began)) + b"".join(blocks))
