"""Values that stand for a patient's data, and the search for them in whatever form somebody may have written them.

Each is unique to the run and begins alike (a word that no language has, or seven digits), so that large files are first
searched for that beginning alone. A value counts as found in UTF-8, UTF-16, hex, base64 at each of its three offsets or
percent-encoded; as it was typed, in capitals or in small letters; with its spaces or without.
"""

import base64
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

WORD = "Zyqxv"
DIGITS = "8613907"
LONGEST_FORM = 128
_LETTERS = "abdefgiklmnoprstu"

Piece = tuple[str, bytes]  # where it is, and what is there


@dataclass
class Canaries:
    """The values of one run: what each stands for, and who must be able to read it in the product."""

    planted: dict[str, str] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)
    _read: dict[str, list[str]] = field(default_factory=dict)

    def word(self, place: str, *, reader: str = "lee") -> str:
        """A new word for this place; `reader` "" where nobody is to see it again (it was refused, or corrected)."""
        return self._plant(new_word(), place, reader)

    def number(self, place: str, *, reader: str = "lee") -> str:
        """A new number of fourteen digits, in groups as on a label."""
        rest = "".join(secrets.choice("0123456789") for _ in range(7))
        return self._plant(f"{DIGITS[:4]} {DIGITS[4:]}{rest[0]} {rest[1:]}", place, reader)

    def read(self, reader: str, text: str) -> None:
        """This person was shown this text."""
        self._read.setdefault(reader, []).append(_plain(text))

    def unread(self) -> list[str]:
        """The places whose value did not arrive at the person it was for: a test that planted nothing finds nothing."""
        return [
            f"{self.planted[value]}, for {reader}"
            for value, reader in self.readers.items()
            if reader and not any(_plain(value) in text for text in self._read.get(reader, []))
        ]

    def _plant(self, value: str, place: str, reader: str) -> str:
        self.planted[value] = place
        self.readers[value] = reader
        return value


def new_word() -> str:
    """A word that is nowhere else."""
    return WORD + "".join(secrets.choice(_LETTERS) for _ in range(11))


def found_in(pieces: Iterable[Piece], wanted: Iterable[str]) -> dict[str, set[str]]:
    """Which of the wanted values stand where, in any form."""
    beginnings = {form for text in (WORD, DIGITS, f"{DIGITS[:4]} {DIGITS[4:]}") for form in forms(text)}
    by_value = {value: forms(value) for value in wanted}
    found: dict[str, set[str]] = {}
    for place, data in pieces:
        near = b"\n".join(_after(data, beginnings))
        for value, its_forms in by_value.items():
            if near and any(form in near for form in its_forms):
                found.setdefault(value, set()).add(place)
    return found


def _after(data: bytes, beginnings: Iterable[bytes]) -> Iterator[bytes]:
    """What follows on each beginning, as far as the longest form reaches."""
    for beginning in beginnings:
        at = data.find(beginning)
        while at >= 0:
            yield data[at : at + LONGEST_FORM]
            at = data.find(beginning, at + 1)


def forms(value: str) -> set[bytes]:
    """The bytes to look for."""
    spelled = {value, value.replace(" ", "")}
    spelled |= {text.upper() for text in spelled} | {text.lower() for text in spelled}
    return {form for text in spelled for form in _encoded(text)}


def _encoded(text: str) -> Iterator[bytes]:
    plain = text.encode()
    yield plain
    yield quote(text).encode()
    yield quote_plus(text).encode()
    yield "".join(f"%{byte:02X}" for byte in plain).encode()
    for order in ("utf-16-le", "utf-16-be"):
        yield text.encode(order)
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    for offset in range(3):
        # The characters that the bytes before and after have no part in.
        code = base64.b64encode(bytes(offset) + plain)
        first, last = (8 * offset + 5) // 6, 8 * (offset + len(plain)) // 6
        yield code[first:last]
        yield base64.urlsafe_b64encode(bytes(offset) + plain)[first:last]


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
