"""The rules of a handover: pure functions over plain values, no ORM and no clock of their own."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Reason:
    """Why the patient may not leave yet, in words; `since` is when it began to be so."""

    code: str
    words: str
    since: datetime | None = None


@dataclass(frozen=True)
class BriefLine:
    """One line of the brief. `kind`: who, why, danger, now, next, if_then, call_back."""

    label: str
    text: str
    kind: str


@dataclass(frozen=True)
class Change:
    """One thing that differs between two versions. `kind`: added, removed, changed."""

    part: str
    before: str
    after: str
    kind: str


@dataclass(frozen=True)
class Quality:
    """The points that the document earns by itself, and what is missing, in words for its writer."""

    score: int
    missing: tuple[str, ...]
