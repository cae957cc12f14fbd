"""How hard a text is to read: Flesch-Kincaid's grade, Flesch's reading ease and SMOG. English only.

A low grade is not understanding: teach-back is. Drug names and numbers are left out of the count, because a caller
has to hear them whatever their length. Syllables are counted by a rule and not from a dictionary: the free ones have
a licence that the product cannot take. It is right for nine of ten everyday words (tests/calls/test_reading.py).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from math import sqrt

# For patients: grade 6 or lower (docs/decisions/0091).
TARGET_GRADE = 6
LONG_WORD_SYLLABLES = 3
_SMOG_SENTENCES = 30

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_HAS_DIGIT = re.compile(r"\S*\d\S*")
# "Dr. Lee" and "2 p.m. today" end no sentence.
_NO_END = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|St|vs|approx|e\.g|i\.e|a\.m|p\.m)\.", re.IGNORECASE)
_END = re.compile(r"[.!?…]+(?=\s|$|[\"'”’)])|\n\s*\n|\n\s*[-*•]")

_VOWELS = re.compile(r"[aeiouy]+")
# An e that nobody hears: "takes", "moved", "safely"; not in "wanted", "places", "table".
_SILENT = re.compile(r"(?:(?<![aeiouylr])|(?<=[aeiouy][lr]))e(?:s|d)?$")
_HEARD = re.compile(r"(?:[td]ed|(?:[scxz]|[cs]h|g)es)$")
_SILENT_INSIDE = re.compile(r"(?<=[aeiouy][a-z])e(?=(?:ly|ful|ment|less|ness)\b)")
# Two vowels that are two sounds: "diet", "radio", "ruin", "fluid", "create".
_APART = re.compile(r"i(?=[aou](?!us\b))|(?<![tsc])i(?=e[tn])|u(?=i[dn]|a)|(?<!r)e(?=o|a(?:te|tion))|y(?=[aio])")
_TOGETHER = re.compile(r"(?:[tscg]i(?=[aou])|qu|gu(?=[aei])|you|(?<=[aeiou])y(?=[aeiou]))")


@dataclass(frozen=True)
class Counts:
    """What the formulas are made of."""

    words: int
    sentences: int
    syllables: int
    # Words of three syllables and more.
    long_words: int


def grade(counts: Counts) -> float:
    """The Flesch-Kincaid grade (Kincaid 1975): the school year that reads it. A text without words is 0."""
    if not counts.words:
        return 0.0
    return 0.39 * counts.words / counts.sentences + 11.8 * counts.syllables / counts.words - 15.59


def ease(counts: Counts) -> float:
    """Flesch's reading ease (1948): 100 is easy, 0 is hard. A text without words is 100."""
    if not counts.words:
        return 100.0
    return 206.835 - 1.015 * counts.words / counts.sentences - 84.6 * counts.syllables / counts.words


def smog(counts: Counts) -> float:
    """The SMOG grade (McLaughlin 1969). It was made for thirty sentences; of fewer it is a rough figure."""
    if not counts.words:
        return 0.0
    return 1.0430 * sqrt(counts.long_words * _SMOG_SENTENCES / counts.sentences) + 3.1291


def counts_of(text: str, *, names: Collection[str] = ()) -> Counts:
    """Words, sentences and syllables of an English text. `names` (drugs, people; any case) and numbers are left out."""
    left_out = {part.casefold() for name in names for part in _WORD.findall(name)}
    plain = _NO_END.sub(lambda found: found[0].replace(".", ""), text)
    words, sentences = [], 0
    for sentence in _END.split(plain):
        found = [word for word in _WORD.findall(_HAS_DIGIT.sub(" ", sentence)) if word.casefold() not in left_out]
        words += found
        sentences += bool(found)
    heard = [syllables(word) for word in words]
    return Counts(len(words), max(sentences, 1), sum(heard), sum(each >= LONG_WORD_SYLLABLES for each in heard))


def syllables(word: str) -> int:
    """About how many syllables an English word has; at least one."""
    letters = re.sub(r"[^a-z]", "", re.sub(r"['’](?:s|d|ll|m|re|ve)$|['’]", "", word.casefold()))
    letters = _SILENT_INSIDE.sub("", letters)
    if not _HEARD.search(letters):
        letters = _SILENT.sub("", letters)
    elif letters.endswith("es"):
        letters = letters[:-2] + "is"
    joined = _TOGETHER.sub("w", letters)
    return max(1, len(_VOWELS.findall(joined)) + len(_APART.findall(joined)))
