"""The person who acts, with the session they act from: the first argument of every act and every read."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Person
from ledger.agents import Agent

# Hospital operations, in HL7's PurposeOfUse: what acts on people and sessions are for, which treat no patient.
PURPOSE = "HOPERAT"


@dataclass(frozen=True)
class Actor:
    """A signed-in person on a device. `unit_id` is the unit they work in on this session, if they chose one."""

    person: Person
    session_id: UUID | None = None
    device: str = ""
    unit_id: UUID | None = None
    request_id: str = ""

    @property
    def agent(self) -> Agent:
        """The same, as the log keeps it."""
        return Agent(
            person_id=self.person.pk,
            role=self.person.role,
            session_id=self.session_id,
            device=self.device,
            unit_id=self.unit_id,
            request_id=self.request_id,
        )
