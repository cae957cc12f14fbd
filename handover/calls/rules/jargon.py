"""Words that a caller may not know, found in a text, with what one could say instead. It suggests and never replaces.

The meaning of a word depends on its sentence (CDC, Everyday Words): so a word with two senses is shown with both and
whoever reads the text out decides. What is not in the glossary but built like a word of medicine ("cholecystitis")
is pointed at without a suggestion. The glossary is data beside this room (data/plain_language.json, CC0).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

GLOSSARY = Path(__file__).resolve().parent.parent / "data" / "plain_language.json"


class Kind(StrEnum):
    """Why a word is pointed at."""

    # A term of medicine, with plain words for it.
    TERM = "term"
    # A short form.
    SHORT = "short"
    # A word that a caller may understand otherwise than it is meant.
    AMBIGUOUS = "ambiguous"
    # A way of writing that has harmed people (Joint Commission, "do not use").
    UNSAFE = "unsafe"
    # Built like a term of medicine, and not in the glossary.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """Characters `start` to `end` of the text, and what could stand there; nothing is suggested for an unknown word."""

    start: int
    end: int
    found: str
    kind: Kind
    instead: tuple[str, ...] = ()


def jargon_in(text: str, *, names: Iterable[str] = ()) -> tuple[Finding, ...]:
    """What a caller may not understand, in the order of the text. `names` (drugs, people) are no jargon."""
    taken = [found.span() for name in names if name for found in re.finditer(re.escape(name), text, re.IGNORECASE)]
    kept: list[Finding] = []
    # The glossary before the shape of a word; the longer before the shorter ("acute kidney injury", "acute").
    for finding in sorted(_candidates(text), key=lambda each: (each.kind == Kind.UNKNOWN, each.start - each.end)):
        if all(finding.end <= start or finding.start >= end for start, end in taken):
            kept.append(finding)
            taken.append((finding.start, finding.end))
    return tuple(sorted(kept, key=lambda each: each.start))


def _candidates(text: str) -> Iterator[Finding]:
    for pattern, entries in (_terms(), _shorts()):
        for found in pattern.finditer(text):
            entry = entries[(found.lastindex or 0) - 1]
            yield Finding(found.start(), found.end(), found[0], entry.kind, entry.instead)
    for pattern, instead in _UNSAFE:
        for found in pattern.finditer(text):
            yield Finding(found.start(), found.end(), found[0], Kind.UNSAFE, (instead,))
    yield from _built_like_terms(text)


def _built_like_terms(text: str) -> Iterator[Finding]:
    shapes = [(_BUILT_LIKE_A_TERM, _EVERYDAY)]
    # In a text all in capitals no short form can be told from a word.
    shapes += [] if text.isupper() else [(_LETTERS, _EVERYDAY_LETTERS)]
    for shape, everyday in shapes:
        for found in shape.finditer(text):
            if not everyday.fullmatch(found[0]):
                yield Finding(found.start(), found.end(), found[0], Kind.UNKNOWN)


@dataclass(frozen=True)
class _Entry:
    kind: Kind
    instead: tuple[str, ...]


# Written otherwise in Britain, in parts of words: "oedema", "anaemia", "diarrhoea", "ischaemic", "anaesthesia".
_BRITISH = (
    ("oedema", "edema"),
    ("rrhoea", "rrhea"),
    ("pnoea", "pnea"),
    ("naesth", "nesth"),
    ("oesoph", "esoph"),
    ("haem", "hem"),
    ("caem", "cem"),
    ("kalaem", "kalem"),
    ("traem", "trem"),
    ("naem", "nem"),
    ("schaem", "schem"),
    ("raesth", "resth"),
    ("melaen", "melen"),
)
# Words of every day to most callers; and those that an agent says a hundred times a day without harm.
_PLAIN_ENOUGH = {"follow-up", "transfer", "constipation", "antibiotic", "pneumonia", "seizure", "dementia"}


@cache
def _data() -> dict[str, list[dict[str, object]]]:
    read: dict[str, list[dict[str, object]]] = json.loads(GLOSSARY.read_text())
    return read


@cache
def _glossary() -> dict[str, _Entry]:
    """By term in small letters. Of a word with two senses both are said, whatever else stands in the list."""
    terms = {
        name: _Entry(Kind.TERM, tuple(str(pair["plain"]).split("; ")))
        for pair in _data()["pairs"]
        for name in _names_of(str(pair["term"]))
    }
    both = {str(word["word"]).casefold(): _senses(word) for word in _data()["ambiguous"] if not _is_short(word)}
    return {term: entry for term, entry in (terms | both).items() if term not in _PLAIN_ENOUGH}


@cache
def _short_forms() -> dict[str, _Entry]:
    """By the letters as they are written: OR is an operating room, "or" is not."""
    forms = {str(each["short"]): _Entry(Kind.SHORT, (str(each["plain"]),)) for each in _data()["abbreviations"]}
    beside = {
        short: _Entry(Kind.SHORT, (str(pair["plain"]),))
        for pair in _data()["pairs"]
        for short in re.findall(r"\(([A-Z]{2,4})\)", str(pair["term"]))
    }
    return forms | beside | {str(word["word"]): _senses(word) for word in _data()["ambiguous"] if _is_short(word)}


def _is_short(word: Mapping[str, object]) -> bool:
    return str(word["word"]).isupper()


def _senses(word: Mapping[str, object]) -> _Entry:
    senses = word["senses"]
    return _Entry(Kind.AMBIGUOUS, tuple(map(str, senses)) if isinstance(senses, list) else ())


def _names_of(term: str) -> Iterator[str]:
    """A term without what stands in brackets beside it, and as it is written in Britain."""
    name = re.sub(r"\s*\([^)]*\)", "", term).casefold()
    yield name
    for british, american in _BRITISH:
        if american in name:
            yield name.replace(american, british)


@cache
def _terms() -> tuple[re.Pattern[str], tuple[_Entry, ...]]:
    """Each term, in the plural and as a verb too, any blanks between its words; the n-th group is the n-th entry."""
    glossary = sorted(_glossary().items(), key=lambda each: -len(each[0]))
    groups = "|".join(f"({_inflected(term)})" for term, _ in glossary)
    return re.compile(rf"(?<![\w-])(?:{groups})(?![\w-])", re.IGNORECASE), tuple(entry for _, entry in glossary)


@cache
def _shorts() -> tuple[re.Pattern[str], tuple[_Entry, ...]]:
    forms = sorted(_short_forms().items(), key=lambda each: -len(each[0]))
    groups = "|".join(f"({re.escape(short)})" for short, _ in forms)
    return re.compile(rf"(?<![\w/-])(?:{groups})(?![\w/-])"), tuple(entry for _, entry in forms)


def _inflected(term: str) -> str:
    stem = r"[\s-]+".join(re.escape(word) for word in term.split())
    if term.endswith("sis"):
        return f"{stem[:-2]}[ie]s"
    if term.endswith("ation"):
        return f"{stem[:-3]}(?:ions?|e[sd]?|ing)"
    if term.endswith("e"):
        return f"{stem[:-1]}(?:e[sd]?|ing)"
    if term.endswith("y"):
        return f"{stem[:-1]}(?:y|ies)"
    return f"{stem}(?:s|es|ed|ing|ly)?"


_UNSAFE = (
    (re.compile(r"(?<=\d)\s?[Uu](?![\w/])"), "unit"),
    (re.compile(r"(?<![\w-])IU(?![\w-])"), "international unit"),
    (re.compile(r"(?<![\w.])(?:[Qq]\.[Dd]\.|QD|qd)(?!\w)"), "daily"),
    (re.compile(r"(?<![\w.])(?:[Qq]\.[Oo]\.[Dd]\.|QOD|qod)(?!\w)"), "every other day"),
    (re.compile(r"(?<![\d.])\d+\.0+(?=\s?(?:mg|mcg|g|ml|mL)\b)"), "the number without .0"),
    (re.compile(r"(?<![\d.])\.\d+(?=\s?(?:mg|mcg|g|ml|mL)\b)"), "the number with a 0 before the point"),
    (re.compile(r"(?<![\w-])MS(?![\w-])(?=\s+\d)"), "morphine sulfate"),
    (re.compile(r"(?<!\w)(?:MSO4|MgSO4)(?!\w)"), "morphine sulfate or magnesium sulfate, in full"),
)

# How words of medicine are built. Each part was kept because it finds some and flags none of every day.
_BUILT_LIKE_A_TERM = re.compile(
    r"(?<![\w-])(?:[a-z]+(?:itis|ectomy|otomy|ostomy|oscopy|oplasty|aemia|emia|uria|algia|pathy|plegia|paresis|penia|megaly"
    r"|pnoea|pnea|rrhoea|rrhea|osis|oses|oma|omas|cardia|phylaxis|phasia|centesis|gram|graphy|phobia|genic|trophy|stenosis)"
    r"|(?:hyper|hypo|tachy|brady|haemo|hemo|peri|nephro|hepato|cardio|gastro|broncho|thrombo|analges|myo|neuro|pneumo|cerebro)"
    r"[a-z]{4,}|(?:a|non)?febrile|[a-z]+oid(?:al)?)(?![\w-])",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"(?<![\w/-])[A-Z]{2,5}s?(?![\w/-])")
_EVERYDAY_LETTERS = re.compile(r"AM|PM|OK|TVs?|USA?|UK|EU|IDs?|PIN|GPs?|NHS|SMS|PDF|CD|DVD|HIV|DNA|MOT|VIP|ASAP")
_EVERYDAY = re.compile(
    r"arthritis|(?:pro|tele|dia|ana|kilo|milli|insta|micro|holo|mono)?grams?|photography|biography|geography|sympathy|empathy"
    r"|diagnos[ie]s|coma|aroma|diploma|avoid|asteroid|android|steroids?|thyroid|period|periods?|perio?d[a-z]*|perish[a-z]*|perimeter"
    r"|perin?[a-z]{0,2}|hyperlinks?|hyperactive|hypocrit[a-z]+|hypothe[a-z]+|cardio|cardiologists?|cardiology|neurologists?"
    r"|neurology|trophy|apathy|vitamins?|diabetes|leukemia|leukaemia|ultrasonograms?|claustrophobia|photogenic|hypnosis|tuberculosis",
    re.IGNORECASE,
)
