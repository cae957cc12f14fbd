"""What the rules look at, as plain values, and what they say of it.

Whoever fills these has read the log, the relationships and the duties (audit/review/reading.py); a test fills them from
a generator. A name or a number of anybody is in none of them: families and telephones are compared as blind indexes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Act(StrEnum):
    """What somebody did, as far as the rules care."""

    OPENED = "opened"
    SEARCHED = "searched"
    CARED = "cared"  # wrote, handed over, accepted: what one does for a patient, and not only reads of them
    TAKEN_OUT = "taken_out"  # printed, exported, copied, made for the patient
    ALERTED = "alerted"  # the day's budget or count told officers already (patients.AccessAlert)


class Tie(StrEnum):
    """How near the person was to the patient when they looked, the nearest first."""

    OWN = "own"  # a row of their own: responsible, addressed, of the care team
    ON_DUTY = "on_duty"  # their unit has the patient, and they were on duty in it
    UNIT = "unit"  # their unit has the patient, and they were not on duty in it
    EMERGENCY = "emergency"  # by breaking the glass
    NONE = "none"  # no row at all


# Whoever stands so near belongs to those who look after the patient.
TEAM = frozenset({Tie.OWN, Tie.ON_DUTY})


class Access(NamedTuple):
    """One event of the log about one patient; about none for a search, and for what was taken out of several."""

    event_id: int
    at: datetime
    person_id: UUID
    act: Act
    patient_id: UUID | None
    tie: Tie = Tie.NONE
    device: str = ""
    facility_id: UUID | None = None
    patients: int = 1
    code: str = ""


class Shift(NamedTuple):
    """A person was on duty."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Somebody who works here. `kin` are blind indexes of family name and telephone.

    `ward` is how many patients their units had: the longest list that is theirs to print.
    `devices` and `hours` (0 to 23, of the ward's zone) are those of the sign-ins before this day; `sign_ins` how many
    there were: of a newcomer nothing is unusual.
    """

    role: str
    kin: frozenset[bytes] = frozenset()
    devices: frozenset[str] = frozenset()
    hours: frozenset[int] = frozenset()
    sign_ins: int = 0
    ward: int = 0


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """A patient. `staff_id`: who they are, where they work here. `left`: when the last stay ended, None during one."""

    kin: frozenset[bytes] = frozenset()
    staff_id: UUID | None = None
    is_vip: bool = False
    left: datetime | None = None


@dataclass(frozen=True)
class Day:
    """Everything about a stretch of time that is judged at once, in the order of time."""

    accesses: Sequence[Access]
    people: Mapping[UUID, PersonFacts]
    patients: Mapping[UUID, PatientFacts]
    shifts: Mapping[UUID, Sequence[Shift]] = field(default_factory=dict)
    zone: tzinfo = UTC


class Rule(StrEnum):
    """The rules of the review. Source: PROTECTION.md 3.7, kept in docs/decisions/0075."""

    SELF = "R1"
    KIN = "R2"
    COLLEAGUE = "R3"
    VIP = "R4"
    EMERGENCY = "R5"
    VOLUME = "R6"
    SEARCHES = "R7"
    LATE = "R8"
    UNUSUAL = "R9"
    BULK = "R10"


@dataclass(frozen=True)
class Finding:
    """That something stands out: by which rule, whose doing, about whom. `facts` are counts and codes for its words."""

    rule: Rule
    person_id: UUID
    patient_id: UUID | None
    since: Access
    until: Access
    count: int
    facts: Mapping[str, int | str] = field(default_factory=dict)
