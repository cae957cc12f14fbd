"""Who is on the line, and what they may hear: two identifiers, said by the caller and compared here.

HIPAA 164.514(h) asks to verify identity and authority before anything is disclosed and fixes no method; NPSG.01.01.01
asks for two identifiers, never a place. So a name and a birth date, or one of them with a number, an address or the
telephone number on file, name a patient; a bed never counts. The caller says them and the agent does not read them out.
What matched is on record, what was said is not. A check that fails is counted, so that nobody can try out birth dates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FEWEST_IDENTIFIERS = 2
# Of a call and of a patient: so many failed checks in the window, and no further one is made before it has passed.
MOST_FAILED = 3
FAILED_WINDOW = timedelta(minutes=30)


class Item(StrEnum):
    """What a caller can say that is on record."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    RECORD_NUMBER = "record_number"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"


# Who knows one of these has the patient's own paper or telephone; the others many know.
_OF_THE_PERSON = frozenset({Item.NAME, Item.BIRTH_DATE})


class Standing(StrEnum):
    """What every screen says of a caller."""

    UNKNOWN = "unknown"
    # The patient, or somebody who may hear what the patient may: shown by two identifiers and, for another, authority.
    VERIFIED = "verified"
    # Speaks for a patient who has been named by two identifiers, and has shown no authority.
    RELATIVE = "relative"
    LOCKED = "locked"


@dataclass(frozen=True)
class Check:
    """One comparison: which items matched, and when. Never what was said."""

    at: datetime
    matched: frozenset[Item]
    said: frozenset[Item]


def matches(said: Mapping[Item, str], on_record: Mapping[Item, str]) -> frozenset[Item]:
    """The items that are the same on both sides, normalised alike. What is not on record matches nothing."""
    return frozenset(item for item, value in said.items() if value and on_record.get(item) == value)


def is_identified(check: Check) -> bool:
    """Whether it names a patient: two identifiers, one of them a name or a birth date, and none that was wrong."""
    return (
        len(check.matched) >= FEWEST_IDENTIFIERS
        and bool(check.matched & _OF_THE_PERSON)
        and check.matched == check.said
    )


def is_locked(checks: Sequence[Check], *, at: datetime) -> bool:
    """Whether no further check may be made at `at`: too many have failed within the window."""
    failed = [check for check in checks if not is_identified(check) and at - FAILED_WINDOW < check.at <= at]
    return len(failed) >= MOST_FAILED


def standing(checks: Sequence[Check], *, is_patient: bool, has_authority: bool, at: datetime) -> Standing:
    """What the caller is at `at`. One who is no patient needs authority (a proxy, a code word) besides.

    A check that succeeded before the lock still counts: the lock keeps from guessing, not from being known.
    """
    if any(is_identified(check) for check in checks if check.at <= at):
        return Standing.VERIFIED if is_patient or has_authority else Standing.RELATIVE
    return Standing.LOCKED if is_locked(checks, at=at) else Standing.UNKNOWN


def may_hear(caller: Standing) -> bool:
    """Whether anything of the patient may be shown or said to them. Help is sent to anybody, identified or not."""
    return caller is Standing.VERIFIED
