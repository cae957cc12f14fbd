"""The wrong-patient guard: which other patient of a list a text names. It asks, and decides nothing.

A name is a family name as a whole word, without accents and in whatever case, or a record number whatever its spaces.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

# A family name of two letters is a word of many sentences.
_LEAST_LETTERS = 3
_LEAST_DIGITS = 5
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True)
class Name:
    """Who a patient of a list is: what a text may name them by."""

    id: UUID
    family: str
    given: str = ""
    record_number: str = ""


def named_in(text: str, *, about: UUID | None, names: Iterable[Name]) -> list[Name]:
    """Those whom the text names and who are not the patient it is about, in the list's order.

    A family name that the text's own patient has too names nobody else, unless a record number does.
    """
    listed = list(names)
    words, digits = _words(text), _squeezed(text)
    own = next((one for one in listed if one.id == about), None)
    own_words = _words(f"{own.family} {own.given}") if own else []
    return [
        one
        for one in listed
        if one.id != about and (_has_number(digits, one, own) or _has_family(words, one, own_words))
    ]


@dataclass(frozen=True)
class Traces:
    """What of a name a text that names it must hold: a word, and a number. Empty where it cannot be named so."""

    word: str
    number: str


def traces_of(name: Name) -> Traces:
    """By which a long list is looked through quickly: whoever leaves no trace in a text is not named by it."""
    family, number = _words(name.family), _squeezed(name.record_number)
    return Traces(
        word=family[0] if sum(map(len, family)) >= _LEAST_LETTERS else "",
        number=number if len(number) >= _LEAST_DIGITS else "",
    )


def pieces_of(text: str, lengths: Iterable[int]) -> set[str]:
    """Every word of the text, and every piece of these lengths: one of them is the record number that it holds."""
    squeezed = _squeezed(text)
    pieces = {
        squeezed[start : start + length] for length in set(lengths) for start in range(len(squeezed) - length + 1)
    }
    return pieces | set(_words(text))


def _has_family(words: Sequence[str], one: Name, own_words: Sequence[str]) -> bool:
    family = _words(one.family)
    if sum(map(len, family)) < _LEAST_LETTERS or all(word in own_words for word in family):
        return False
    length = len(family)
    return any(words[start : start + length] == family for start in range(len(words) - length + 1))


def _has_number(digits: str, one: Name, own: Name | None) -> bool:
    number = _squeezed(one.record_number)
    if len(number) < _LEAST_DIGITS or (own is not None and number in _squeezed(own.record_number)):
        return False
    return re.search(rf"(?<!\w){re.escape(number)}(?!\w)|(?<!\d){re.escape(number)}(?!\d)", digits) is not None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(char for char in folded if not unicodedata.combining(char)))
