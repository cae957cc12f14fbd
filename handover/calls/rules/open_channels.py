"""What may not leave by a channel that others read too: a text message, an e-mail, a social network.

It stops whatever tells who is meant: a name that is known here in any spelling that an eye would take for it, any
date, any number of four digits and more, an address. It would rather stop a word too many ("Will" is a name and a
verb): the sender is shown which, and is offered the secure link, on which everything may be said. It reads names and
numbers, not sense: that somebody is ill can be said without either, so the texts the product itself sends are fixed.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

# Times of a day, and the years of age or minutes that a sentence needs, are no identifiers; four digits may be.
FEWEST_DIGITS = 4
# From this length on a name is found inside other letters, and with one letter wrong.
LONG_NAME = 5
LONGEST_JOINED = 6


class Kind(StrEnum):
    """What kind of identifier was found."""

    NAME = "name"
    DATE = "date"
    NUMBER = "number"
    ADDRESS = "address"


@dataclass(frozen=True)
class Identifier:
    """What tells who is meant, as it was found: shown to the sender, kept nowhere."""

    kind: Kind
    found: str


def identifiers_in(text: str, *, names: Iterable[str], allowed: Collection[str] = ()) -> tuple[Identifier, ...]:
    """Whatever in the text tells who is meant; empty where it may go.

    `names`: each name, street and place that is known of the patient and the caller. `allowed`: what may stand there
    all the same, whole and literally: the secure link, the hospital's own number.
    """
    for each in sorted(allowed, key=len, reverse=True):
        text = text.replace(each, " ") if each else text
    plain = _skeleton(text)
    return tuple(dict.fromkeys((*_addresses(plain), *_dates(plain), *_numbers(plain), *_names(plain, names))))


def _skeleton(text: str) -> str:
    """The text as an eye takes it: without accents and what cannot be seen, small, digits of any script as 0 to 9."""
    seen = (char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) not in _UNSEEN)
    digits = (str(unicodedata.digit(char)) if char.isdigit() else char for char in seen)
    return "".join(digits).translate(_LOOKALIKES).casefold().translate(_LOOKALIKES)


# Marks, and characters of format and control but for the blanks among them.
_UNSEEN = {"Mn", "Me", "Cf"}
# Letters of other scripts that look like Latin ones (Unicode TR 39, those of an everyday keyboard), and dashes.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһкмтвнαεορτυικνßøłđı–—‐‑−", "aeopcyxijsdhkmtbhaeoptuiknsoldi-----")  # noqa: RUF001

_ADDRESS = re.compile(r"[^\s@]+\s*(?:@|\(at\)|\[at\])\s*[^\s@]+\.[a-z]{2,}|(?:https?://|www\.)\S+")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"\d{{1,4}}\s*[-./ ]\s*\d{{1,2}}\s*[-./ ]\s*\d{{2,4}}|\b\d{{1,2}}(?:st|nd|rd|th)?[\s.,-]*(?:of\s+)?{_MONTH}\b"
    rf"|\b{_MONTH}[\s.,-]*(?:the\s+)?\d{{1,4}}|\b{_MONTH}[\s.,-]+(?:{{words}})\b|\b(?:{{words}})\s+(?:of\s+)?{_MONTH}\b"
)
_TIME = re.compile(r"\b(?:[01]?\d|2[0-3])[:.][0-5]\d\b(?!\s*[-./]\s*\d)")
_NUMBER = re.compile(r"\d(?:[\s.\-/()_,:;*+#'|]*\d){3,}")
_DIGIT_WORDS = (
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred double triple nought"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
    "thirtieth thirty-first"
)
_WORD_NUMBER = "|".join(sorted(_DIGIT_WORDS.split(), key=len, reverse=True))
_SPOKEN = re.compile(rf"\b(?:(?:{_WORD_NUMBER}|\d)\b[\s,.\-]*){{4,}}")
_DATES = re.compile(_DATE.pattern.replace("{words}", "|".join((*_ORDINALS.split(), *_DIGIT_WORDS.split()))))


def _addresses(plain: str) -> Iterator[Identifier]:
    return (Identifier(Kind.ADDRESS, found[0]) for found in _ADDRESS.finditer(plain))


def _dates(plain: str) -> Iterator[Identifier]:
    return (Identifier(Kind.DATE, found[0].strip()) for found in _DATES.finditer(plain))


def _numbers(plain: str) -> Iterator[Identifier]:
    without_times = _TIME.sub(" ; at ; ", plain)
    for pattern in (_NUMBER, _SPOKEN):
        for found in pattern.finditer(without_times):
            yield Identifier(Kind.NUMBER, found[0].strip())


def _names(plain: str, names: Iterable[str]) -> Iterator[Identifier]:
    known = {part for name in names for part in _words(_skeleton(name)) if len(part) > 1 and not part.isdigit()}
    words = _words(plain)
    squeezed = "".join(words)
    for name in sorted(known):
        for word in words:
            if word == name or (len(name) >= LONG_NAME and (name in word or _is_one_off(word, name))):
                yield Identifier(Kind.NAME, word)
                break
        else:
            if _is_spelled(name, words) or (len(name) >= LONGEST_JOINED and name in squeezed):
                yield Identifier(Kind.NAME, name)


def _words(plain: str) -> list[str]:
    without_genitive = re.sub(r"['’`]s\b", " ", plain)
    return re.findall(r"[^\W_]+", re.sub(r"(?<=\w)['’`](?=\w)", "", without_genitive))


def _is_spelled(name: str, words: list[str]) -> bool:
    """Whether the name stands there letter by letter or in pieces: "g r i m", "grim sditch"."""
    for start in range(len(words)):
        joined = ""
        for word in words[start:]:
            joined += word
            if joined == name:
                return True
            if not name.startswith(joined):
                break
    return False


def _is_one_off(word: str, name: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two changed places (Damerau's distance of 1)."""
    if abs(len(word) - len(name)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    ours, theirs = word[start:], name[start:]
    is_swapped = ours[:2] == theirs[:2][::-1] and ours[2:] == theirs[2:]
    return is_swapped or ours[1:] == theirs[1:] or ours[1:] == theirs or ours == theirs[1:]
