"""The frame of every act on threads: one durable transaction that claims its key first and announces last.

handover/patients/acts.py, with what acts on threads say: some of them are of no patient.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from accounts.actors import Actor
from handover.messaging.access import Granted
from handover.patients import acts
from ledger import services as ledger
from ledger.agents import Entity
from live import ladder
from live.inbox import Subject
from live.models import Rung


@dataclass
class Act(acts.Act):
    """One act on a thread under way."""

    def climb(self, name: str, subjects: Iterable[tuple[UUID, UUID]]) -> list[Rung]:
        """The actor reaches a rung of messages (id, author), for their authors to see. Those that are new."""
        authors = dict(subjects)
        actor = self.actor
        steps = [
            ladder.Step(name, Subject("message", each), actor.person.pk, actor.session_id, actor.device)
            for each in authors
        ]
        rungs = ladder.reach_all(steps)
        self._news.extend(ladder.announcement(rung, sender=authors[rung.subject_id]) for rung in rungs)
        return rungs

    def note(self, granted: Granted, entity: Entity, *, event: str = "", detail: ledger.Detail | None = None) -> None:
        """Puts it on the record, under the act's own event unless another is named."""
        self._noted.append(
            ledger.Noted(
                event=event or self.event,
                agent=self.actor.agent,
                patient_id=granted.patient_id,
                relationship_ids=[granted.relationship_id] if granted.relationship_id else None,
                entity=entity,
                detail={"thread": str(granted.thread.pk), **(detail or {})},
            )
        )


def opening(actor: Actor, *, key: UUID | None, event: str, leads_to: UUID | None = None) -> AbstractContextManager[Act]:
    """The act's transaction, committed when the block ends (handover/patients/acts.py)."""
    return acts.framed(Act, actor, key=key, event=event, leads_to=leads_to)
