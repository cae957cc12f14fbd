"""The frame of every act around patients: one durable transaction that claims its key first and announces last.

What an act lets in, records and announces it says as it goes; the frame sends all three in one message, and the
inboxes last, since their rows are held until the commit. Each room adds what its acts say (transfers, messaging).
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
from handover.patients import access
from ledger import services as ledger
from live import keys
from live.acting import acting_as_system, acting_for
from live.inbox import Announcement, Subject, announce
from live.refusals import Conflict, Refusal
from live.statements import Call, run_together

ModelT = TypeVar("ModelT", bound=Model)
ActT = TypeVar("ActT", bound="Act")


@dataclass
class Act:
    """One act under way. `earlier` is what it led to when its key was used before; `leads_to` what it will lead to."""

    actor: Actor
    key: UUID | None
    event: str
    now: datetime
    earlier: UUID | None
    leads_to: UUID | None = None
    _rows: list[Call] = field(default_factory=list)
    _doors: list[access.Door] = field(default_factory=list)
    _noted: list[ledger.Noted] = field(default_factory=list)
    _news: list[Announcement] = field(default_factory=list)

    def write(self, *calls: Call) -> None:
        """Rows that nothing else of the act looks at: they are sent with what it lets in and announces, before it."""
        self._rows.extend(calls)

    def write_now(self) -> None:
        """The same rows are there from here on, for what the act still does beside them."""
        rows, self._rows = self._rows, []
        run_together(rows)

    def let_in(self, door: access.Door) -> None:
        """Somebody may see the patient from now on, if the act is done."""
        self._doors.append(door)

    def tell(
        self,
        event: str,
        recipients: Iterable[UUID | None],
        subject: Subject,
        *,
        climbs_to: UUID | None = None,
    ) -> None:
        """These people, the actor aside, are to learn of it. With `climbs_to`, that person watches their ladders."""
        others = [each for each in dict.fromkeys(recipients) if each is not None and each != self.actor.person.pk]
        if others:
            is_climbed = climbs_to is not None
            self._news.append(Announcement(event, others, subject, sender=climbs_to, climbs=is_climbed))

    def tell_also(self, news: Iterable[Announcement]) -> None:
        """What a rule of another room has to say of this act, behind what the act has said itself."""
        self._news.extend(news)

    def settle(self, result_id: UUID) -> None:
        """Keeps the result for whoever sends the key again."""
        if self.key is not None and result_id != self.leads_to:
            keys.settle(self.key, result_id=result_id)

    def announce(self) -> None:
        """Writes what was said so far: rows, doors, log, inboxes. The frame does, at the end; an act need not."""
        rows, doors, noted, news = self._rows, self._doors, self._noted, self._news
        self._rows, self._doors, self._noted, self._news = [], [], [], []
        announce(*news, behind=[*rows, *access.granting(doors), *ledger.recording(noted)])


@contextmanager
def framed(
    kind: type[ActT], actor: Actor, *, key: UUID | None, event: str, leads_to: UUID | None = None
) -> Iterator[ActT]:
    """The act's transaction, committed when the block ends. A refusal leaves it as if it had never begun, and names it.

    Without a key (a draft that is saved as it is typed, which has its revision) nothing is claimed. `leads_to` is the
    id that the act is going to settle its key with, where that is known beforehand: one statement less.
    """
    try:
        with acting_for(actor.person.pk), transaction.atomic(durable=True):
            claim = keys.claim(key, person_id=actor.person.pk, act=event, leads_to=leads_to) if key else None
            earlier = claim.earlier if claim else None
            act = kind(actor=actor, key=key, event=event, now=timezone.now(), earlier=earlier, leads_to=leads_to)
            yield act
            act.announce()
    except Refusal as refusal:
        refusal.act = refusal.act or event
        raise


def again(act: Act, rows: QuerySet[ModelT]) -> ModelT:
    """What the act led to the first time, which is one of `rows`: those of what it is asked for now.

    Raises Conflict when the key was used for something else: to say "done" then would be about another thing.
    """
    # Theirs by the key, whoever sees the patient now: that is the act's to ask.
    with acting_as_system("act.again"):
        found = rows.filter(pk=act.earlier).first()
    if found is None:
        raise Conflict(code="key_used", act=act.event)
    return found
