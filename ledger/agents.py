"""Who does something and to what, as the log keeps it: ids and codes, no names."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Agent:
    """The person behind an event, with the role, session, device and unit they acted from."""

    person_id: UUID
    role: str
    session_id: UUID | None = None
    device: str = ""
    unit_id: UUID | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Entity:
    """What an event is about besides the patient: kind ("handover"), id, and the digest of the version meant."""

    kind: str
    id: UUID
    version: str = ""
