"""When words may be used, for whom they are written, and which come first. Pure: plain values, no clock of its own."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt

# So long before its end the owner of a script hears of it.
RUNS_OUT_WITHIN = timedelta(days=14)
# A year, a leap day, and the rest of the last day.
LONGEST = timedelta(days=367)
# The quantile of the normal distribution that leaves 2.5 % on either side.
_Z = 1.96
# Language, script, region: what a house writes texts for. Of RFC 5646 (BCP 47) the parts that are in use.
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)


class Standing(StrEnum):
    """How one version of a script stands. Only a current one is used."""

    CURRENT = "current"
    EXPIRED = "expired"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


def standing(valid_until: datetime, *, is_newest: bool, is_withdrawn: bool, at: datetime) -> Standing:
    """How a version stands at a moment: at the very second of its end it is over."""
    if is_withdrawn:
        return Standing.WITHDRAWN
    if not is_newest:
        return Standing.REPLACED
    return Standing.CURRENT if at < valid_until else Standing.EXPIRED


def runs_out(valid_until: datetime, *, at: datetime) -> bool:
    """Whether the owner has to look at it now: it is over, or will be within fourteen days."""
    return valid_until - at <= RUNS_OUT_WITHIN


def told_after(lasts: timedelta) -> timedelta:
    """How long after it was written the owner is told: fourteen days before its end, of a short one half its time."""
    return max(lasts - RUNS_OUT_WITHIN, lasts / 2)


def renewed_for(lasted: timedelta) -> timedelta:
    """How long the same words are good for when they are renewed: as long as before, within the longest."""
    return min(lasted, LONGEST)


def rank(worked: int, confused: int) -> float:
    """The lower end of what share of callers understood it, between 0 and 1: few voices count for little.

    The Wilson score interval for a proportion at 95 %, its lower bound; 0 where nobody has judged.
    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209-212;
    docs/decisions/0098.
    """
    count = worked + confused
    if count == 0:
        return 0.0
    share, square = worked / count, _Z * _Z
    centre = share + square / (2 * count)
    spread = _Z * sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, (centre - spread) / (1 + square / count))


def place(worked: int, confused: int, name: str) -> tuple[float, int, str]:
    """What a list is sorted by: the best first; what nobody has judged stands before what confused whoever heard it."""
    return (-rank(worked, confused), confused, name.casefold())


def language_tag(text: str) -> str | None:
    """The tag as BCP 47 writes it ("ES-mx" is "es-MX"), or None for what is none that a house writes for."""
    found = _TAG.fullmatch(text.strip())
    if found is None:
        return None
    language, script, region = found.groups()
    return "-".join(part for part in (language.lower(), script and script.title(), region and region.upper()) if part)


def fits(written: str, wanted: str) -> bool:
    """Whether words in this language are for a caller of that one: "es" is for "es-MX" too (RFC 4647, 3.3.1)."""
    return f"{wanted.casefold()}-".startswith(f"{written.casefold()}-")
