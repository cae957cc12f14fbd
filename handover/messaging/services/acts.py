"""The frame of every act on threads: one durable transaction that claims its key first and announces last.

As handover/transfers/services/acts.py has it, but for threads that are of no patient.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from handover.messaging.access import Granted
from handover.patients import access
from ledger import services as ledger
from ledger.agents import Entity
from live import keys, ladder
from live.acting import acting_for
from live.inbox import Announcement, Subject, announce
from live.models import Rung
from live.refusals import Conflict, Refusal

ModelT = TypeVar("ModelT", bound=Model)


@dataclass
class Act:
    """One act under way. `earlier` is what it led to when its key was used before; `leads_to` what it will lead to."""

    actor: Actor
    event: str
    now: datetime
    key: UUID | None
    earlier: UUID | None
    leads_to: UUID | None
    _doors: list[access.Door] = field(default_factory=list)
    _noted: list[ledger.Noted] = field(default_factory=list)
    _news: list[Announcement] = field(default_factory=list)

    def let_in(self, door: access.Door) -> None:
        """Somebody may see the patient from now on, if the act is done."""
        self._doors.append(door)

    def tell(self, event: str, recipients: Iterable[UUID], subject: Subject, *, climbs_to: UUID | None = None) -> None:
        """These people, the actor aside, are to learn of it. With `climbs_to`, that person watches their ladders."""
        others = [each for each in dict.fromkeys(recipients) if each != self.actor.person.pk]
        if others:
            climbs = climbs_to is not None
            self._news.append(Announcement(event, others, subject, sender=climbs_to, climbs=climbs))

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

    def settle(self, result_id: UUID) -> None:
        """Keeps the result for whoever sends the key again."""
        if self.key is not None and result_id != self.leads_to:
            keys.settle(self.key, result_id=result_id)

    def finish(self) -> None:
        """Writes what was said so far: doors, log, inboxes. opening() does."""
        announce(*self._news, behind=[*access.granting(self._doors), *ledger.recording(self._noted)])


@contextmanager
def opening(actor: Actor, *, key: UUID | None, event: str, leads_to: UUID | None = None) -> Iterator[Act]:
    """The act's transaction, committed when the block ends. A refusal leaves it as if it had never begun, and names it.

    `leads_to` is the id that the act settles its key with, where that is known beforehand: one statement less.
    """
    try:
        with acting_for(actor.person.pk), transaction.atomic(durable=True):
            claim = keys.claim(key, person_id=actor.person.pk, act=event, leads_to=leads_to) if key else None
            earlier = claim.earlier if claim else None
            act = Act(actor=actor, event=event, now=timezone.now(), key=key, earlier=earlier, leads_to=leads_to)
            yield act
            act.finish()
    except Refusal as refusal:
        refusal.act = refusal.act or event
        raise


def again(act: Act, rows: QuerySet[ModelT]) -> ModelT:
    """What the act led to the first time, which is one of `rows`: those of what it is asked for now.

    Raises Conflict when the key was used for something else: to say "done" then would be about another thing.
    """
    found = rows.filter(pk=str(act.earlier)).first()
    if found is None:
        raise Conflict(code="key_used", act=act.event)
    return found
