"""A JPEG without what stands beside its picture: where and by what it was taken, a second picture, a comment."""

import re

_COMMENT = 0xFE
# JFIF's density, and Adobe's word on the colours: without these some pictures are drawn in the wrong ones.
_KEPT = {0xE0, 0xEE}
_APPLICATION = range(0xE0, 0xF0)
_SCAN, _END = 0xDA, 0xD9
# Inside a scan: every marker but a stuffed byte and a restart.
_NEXT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def bare(content: bytes) -> bytes:
    """The picture alone. Raises ValueError for what is no JPEG."""
    if content[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    kept, at = [content[:2]], 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != _END:
        kind = content[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if kind == _SCAN:
            found = _NEXT.search(content, end)
            end = found.start() if found else len(content)
        if kind != _COMMENT and (kind not in _APPLICATION or kind in _KEPT):
            kept.append(content[at:end])
        at = end
    if len(kept) < 2:
        raise ValueError("a JPEG that breaks off")
    return b"".join([*kept, b"\xff\xd9"])
