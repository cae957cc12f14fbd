"""What stands in an accounting of disclosures: one pure function over dates and codes. No query and no clock.

Source: 45 CFR 164.528, as named at each step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from audit.disclosures.bases import CAN_WAIT, EXEMPT, IN_SERIES, Basis

YEARS = 6
# From so many on, those to one recipient for one purpose are told of together.
SERIES_FROM = 3
ORAL_DAYS = timedelta(days=30)


@dataclass(frozen=True)
class Made:
    """One disclosure. `recipient` and `purpose` are compared and never shown; `number` is its place in the log."""

    number: int
    on: date
    basis: Basis
    recipient: bytes = b""
    purpose: str = ""


@dataclass(frozen=True)
class Suspension:
    """The recipient has said that telling the patient would impede them: nothing is told up to this day, inclusive."""

    recipient: bytes
    until: date


@dataclass(frozen=True)
class Entry:
    """What the patient reads as one: a disclosure, or a series by its first, its last and how many there were."""

    first: Made
    last: Made
    count: int

    @property
    def is_series(self) -> bool:
        """Whether several are told of together."""
        return self.count > 1


@dataclass(frozen=True)
class Accounting:
    """What is told, newest first, from `since` to `until`; and for officers alone what is not: suspended, exempt."""

    since: date
    until: date
    entries: Sequence[Entry]
    suspended: Sequence[tuple[Made, date]]
    exempt: Sequence[Made]


def years_before(day: date, years: int = YEARS) -> date:
    """The same day so many years before; of a 29 February the 28th, so that the time is never shorter."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def account(
    made: Iterable[Made],
    suspensions: Iterable[Suspension] = (),
    *,
    asked: date,
    since: date | None = None,
    until: date | None = None,
) -> Accounting:
    """The accounting as it is given on the day `asked`, of these dates inclusive and never of more than six years.

    (a)(1) six years before the day it is asked for, without the nine kinds that it excepts; (a)(2) what an agency has
    suspended is left out up to its last day, and is told afterwards; (a)(3) a shorter time, if the patient asks for
    one; (b)(3) several to one recipient for one purpose may be summarised. What was a mistake is always told by itself.
    """
    begins = max(filter(None, (since, years_before(asked))))
    ends = min(filter(None, (until, asked)))
    waits: dict[bytes, date] = {}
    for one in suspensions:
        if one.until >= asked:
            waits[one.recipient] = max(one.until, waits.get(one.recipient, one.until))
    within = sorted((each for each in made if begins <= each.on <= ends), key=lambda each: (each.on, each.number))
    exempt = [each for each in within if each.basis in EXEMPT]
    owed = [each for each in within if each.basis not in EXEMPT]
    suspended = [(each, waits[each.recipient]) for each in owed if _waits(each, waits)]
    told = [each for each in owed if not _waits(each, waits)]
    entries = sorted(_entries(told), key=lambda entry: (entry.last.on, entry.last.number), reverse=True)
    return Accounting(begins, ends, entries, suspended[::-1], exempt[::-1])


def _waits(made: Made, waits: dict[bytes, date]) -> bool:
    return made.basis in CAN_WAIT and made.recipient in waits


def _entries(told: Sequence[Made]) -> list[Entry]:
    def series(made: Made) -> tuple[bytes, str, str]:
        return made.recipient, made.basis, made.purpose

    found = []
    for (recipient, _basis, _purpose), several in groupby(sorted(told, key=series), key=series):
        group = list(several)
        # Nobody knows that two whose recipient is not known are one.
        if recipient and group[0].basis in IN_SERIES and len(group) >= SERIES_FROM:
            found.append(Entry(group[0], group[-1], len(group)))
        else:
            found += [Entry(each, each, 1) for each in group]
    return found
