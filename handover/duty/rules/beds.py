"""Beds as nurses say them: 10-14, 16. Pure."""

import re
from collections.abc import Iterable, Sequence

LONGEST_BED = 24
# More than one nurse has at once, and than a ward has: a slip of the finger, such as 1-100.
MOST_BEDS = 60
_RANGE = re.compile(r"^(?P<before>\D*?)\s*(?P<first>\d{1,4})\s*[-–]\s*(?P<again>\D*?)\s*(?P<last>\d{1,4})$")
# 12, A3, 4W-12, Bay 2-4: a number, with at most three letters at a time beside it.
_NUMBER = re.compile(r"(?:[A-Z]{0,3}[ .-]?[0-9]{1,4}[ ./-]?){1,3}[A-Z]{0,3}", re.IGNORECASE)
LONGEST_NUMBER = 12
_ENDS_IN_NUMBER = re.compile(r"^(?P<before>.*?)(?P<number>\d{1,4})$")


class BadBeds(ValueError):
    """`code` says why: `none`, `long`, `range` or `many`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def bed_in(bed: str, unit: str) -> str:
    """A bed without the name of its unit, which stands beside it: 14 for "ED 14" in ED."""
    rest = bed.removeprefix(unit)
    return rest.strip(" -") or bed if rest != bed and not rest[:1].isalnum() else bed


def is_numbered(bed: str) -> bool:
    """Whether this is a bed's number, and has no room for words about who lies there."""
    return len(bed) <= LONGEST_NUMBER and _NUMBER.fullmatch(bed) is not None


def beds_in(text: str, *, unit: str) -> list[str]:
    """The beds of a text such as "10-14, 16, A3", each once and without the unit's name. Raises BadBeds."""
    found: list[str] = []
    for part in re.split(r"[,;\n]+", text):
        words = bed_in(" ".join(part.split()), unit)
        found += _each(words) if words else []
        if len(found) > MOST_BEDS:
            raise BadBeds("many")
    once = list({bed.casefold(): bed for bed in reversed(found)}.values())[::-1]
    if not once:
        raise BadBeds("none")
    if max(len(bed) for bed in once) > LONGEST_BED:
        raise BadBeds("long")
    return once


def _each(words: str) -> Sequence[str]:
    span = _RANGE.match(words)
    if span is None or span["again"] not in ("", span["before"]):
        return [words]
    first, last = int(span["first"]), int(span["last"])
    if last < first:
        raise BadBeds("range")
    if last - first >= MOST_BEDS:
        raise BadBeds("many")
    return [f"{span['before']}{number}" for number in range(first, last + 1)]


def in_order(beds: Iterable[str]) -> list[str]:
    """As one walks along them: 9 before 10, A2 before A10."""
    return sorted(beds, key=_place)


def bed_words(beds: Iterable[str]) -> str:
    """The beds as one says them: "10–14, 16"; beds_in() reads it again."""
    spans: list[list[str]] = []
    for bed in in_order(beds):
        if spans and _follows(spans[-1][-1], bed):
            spans[-1].append(bed)
        else:
            spans.append([bed])
    return ", ".join(_span_words(span) for span in spans)


def _place(bed: str) -> tuple[str, int, str]:
    parts = _ENDS_IN_NUMBER.match(bed)
    return (parts["before"].casefold(), int(parts["number"]), bed) if parts else (bed.casefold(), -1, bed)


def _follows(before: str, bed: str) -> bool:
    (of, number, _before), (of_next, _number, _bed) = _place(before), _place(bed)
    # As they are written, and not only as they are counted: 07 and 8 are no span that could be read again.
    return of == of_next and number >= 0 and bed == f"{before.removesuffix(str(number))}{number + 1}"


def _span_words(span: Sequence[str]) -> str:
    if len(span) < 3:
        return ", ".join(span)
    last = _ENDS_IN_NUMBER.match(span[-1])
    return f"{span[0]}–{last['number'] if last else span[-1]}"
