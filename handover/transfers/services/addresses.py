"""To whom a handover goes and where the patient goes: what the sender chooses when it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Recipient:
    """`address` is a value of Handover.Address: "person" needs `person_id`, "on_duty" and "unit" need `unit_id`."""

    address: str
    person_id: UUID | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True)
class TransferPlan:
    """Where the patient is to go, and when. `optional` names the codes of the checklist that need no answer here."""

    to_unit_id: UUID
    to_bed: str = ""
    expected_departure: datetime | None = None
    optional: Iterable[str] = ()
