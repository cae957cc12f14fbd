"""Recordings for tests, as browsers make them: WebM by Chromium, MP4 by Safari; with what else such files carry."""

from struct import pack


def element(kind, body, *, unknown=False):
    size = b"\x01" + b"\xff" * 7 if unknown else (len(body) | 1 << 56).to_bytes(8, "big")
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + size + body


def webm(packets=50, *, secret="", codec=b"A_OPUS", kind=2, tracks=1, doctype=b"webm", size=0):
    """A recording of so many packets of 20 ms, with a segment and clusters of unknown size, as Chromium writes it."""
    head = element(0x1A45DFA3, element(0x4282, doctype))
    info = element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4D80, secret.encode()) + element(0x5741, b"Chrome")
    opus = b"OpusHead\x01\x01\x00\x00" + pack("<IhB", 48_000, 0, 0)
    sound = element(0xB5, pack(">f", 48_000)) + element(0x9F, b"\1")
    track = element(0xD7, b"\1") + element(0x73C5, b"\7") + element(0x83, bytes([kind])) + element(0x86, codec)
    track = element(0xAE, track + element(0x63A2, opus) + element(0xE1, sound) + element(0x536E, secret.encode()))
    tags = element(0x1254C367, secret.encode())
    clusters = b""
    for first in range(0, packets, 50):
        blocks = b"".join(
            element(0xA3, b"\x81" + pack(">h", number * 20) + b"\x80" + b"\x08sound-" + bytes(size))
            for number in range(min(50, packets - first))
        )
        clusters += element(0x1F43B675, element(0xE7, pack(">I", first * 20)) + blocks, unknown=True)
    return head + element(
        0x18538067, element(0x1549A966, info) + element(0x1654AE6B, track * tracks) + tags + clusters, unknown=True
    )


def box(kind, *parts):
    body = b"".join(parts)
    return pack(">I4s", len(body) + 8, kind) + body


def mp4(packets=50, *, secret="", handler=b"soun", is_in_fragments=True):
    """A recording of so many packets of AAC at 44.1 kHz, mono."""
    sound = b"sound-"
    settings = pack(">H", 2 << 11 | 4 << 7 | 1 << 3)
    decoder = (
        b"\x04"
        + bytes([13 + 2 + len(settings)])
        + b"\x40\x15"
        + bytes(11)
        + b"\x05"
        + bytes([len(settings)])
        + settings
    )
    esds = box(b"esds", bytes(4), b"\x03" + bytes([3 + len(decoder)]) + bytes(3) + decoder)
    entry = box(b"mp4a", bytes(8), bytes(20), esds)
    first = 0 if is_in_fragments else packets

    def moov(place):
        table = box(b"stsd", bytes(4), pack(">I", 1), entry)
        table += box(b"stsz", bytes(4), pack(">II", 0, first), pack(">I", len(sound)) * first)
        if first:
            table += box(b"stco", bytes(4), pack(">II", 1, place)) + box(
                b"stsc", bytes(4), pack(">IIII", 1, 1, first, 1)
            )
        media = box(b"hdlr", bytes(8), handler, bytes(12), secret.encode()) + box(b"minf", box(b"stbl", table))
        extends = box(b"mvex", box(b"trex", bytes(4), pack(">IIIII", 1, 1, 1024, len(sound), 0)))
        return box(
            b"moov",
            box(b"trak", box(b"mdia", media)),
            extends if is_in_fragments else b"",
            box(b"udta", secret.encode()),
        )

    head = box(b"ftyp", b"mp42", bytes(4))
    if not is_in_fragments:
        return head + moov(len(head) + len(moov(0)) + 8) + box(b"mdat", sound * packets)
    made = head + moov(0)
    for start in range(0, packets, 20):
        count = min(20, packets - start)

        def moof(place, count=count):
            run = box(b"trun", pack(">III", 0x201, count, place), pack(">I", len(sound)) * count)
            return box(b"moof", box(b"traf", box(b"tfhd", pack(">II", 0x20000, 1)), run))

        made += moof(len(moof(0)) + 8) + box(b"mdat", sound * count)
    return made
