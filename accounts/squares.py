"""A text as a code that a camera reads: the dark squares of a QR code, as the path of an SVG."""

from typing import NamedTuple

import segno

MARGIN = 4  # modules of quiet around it: ISO/IEC 18004


class Squares(NamedTuple):
    """The path of the dark squares, in an SVG that is `width` units wide and high, margin included."""

    path: str
    width: int


def squares_of(text: str) -> Squares:
    """The code of this text. Raises segno.DataOverflowError for more than 2,331 bytes."""
    rows = [list(row) for row in segno.make(text, error="m").matrix_iter(border=MARGIN)]
    dark = [f"M{column} {line}h1v1h-1z" for line, row in enumerate(rows) for column, bit in enumerate(row) if bit]
    return Squares("".join(dark), len(rows))
