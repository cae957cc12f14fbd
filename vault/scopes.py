"""Whose key seals a value, and where the value lies: both are part of what the seal protects."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

INDEX_ID = UUID("00000000-0000-4000-8000-000000000001")
HOUSE_ID = UUID("00000000-0000-4000-8000-000000000002")


@dataclass(frozen=True, slots=True)
class Scope:
    """What shares one data key: a patient, a thread of none, a person, the installation, or its blind indexes."""

    kind: str
    id: UUID

    @classmethod
    def patient(cls, patient_id: UUID) -> "Scope":
        return cls("patient", patient_id)

    @classmethod
    def person(cls, person_id: UUID) -> "Scope":
        return cls("person", person_id)

    @classmethod
    def thread(cls, thread_id: UUID) -> "Scope":
        return cls("thread", thread_id)

    @classmethod
    def index(cls) -> "Scope":
        return cls("index", INDEX_ID)

    @classmethod
    def house(cls) -> "Scope":
        return cls("house", HOUSE_ID)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lies: model ("patients.Patient"), field (the column's name) and the row's primary key."""

    model: str
    field: str
    row: UUID


def length_prefixed(parts: Iterable[bytes]) -> bytes:
    """The parts, each behind its length in four bytes: two different lists never give the same bytes.

    Bare concatenation would make ("ab", "c") and ("a", "bc") one associated data, and a value could move between them.
    """
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
