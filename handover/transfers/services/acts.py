"""The frame of every act: one durable transaction that claims its key first, locks, and announces last.

with opening(actor, key=key, event="handover.accepted") as act:
    if act.earlier is not None: ...          the same key again: the first answer again
    held = hold(act, handover_id)            who may see it, its lock, how it stands
    require(held, "accept")                  the rule, or a refusal in words
    ...                                      the rows
    act.conclude(...)                        the key, the log, the inboxes

What an act lets in, records and announces it says as it goes; opening() sends all three in one message, and the
inboxes last, since their rows are held until the commit.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.patients import access, acts
from handover.patients.models import CareRelationship, Patient
from handover.transfers import facts
from handover.transfers.models import Handover, HandoverVersion, Override, Transfer
from handover.transfers.rules import Reason, Standing, why_not
from ledger import services as ledger
from ledger.agents import Entity
from live import ladder
from live.inbox import Subject
from live.refusals import Conflict, Denied, NotFound
from live.statements import Statement


@dataclass
class Act(acts.Act):
    """One act on a handover or a move under way."""

    def climb(self, name: str, version: HandoverVersion) -> bool:
        """The actor reaches a rung of this version, for its sender to see. False when they stood there already."""
        rung = ladder.reach(
            name,
            subject=Subject("handover_version", version.pk),
            person_id=self.actor.person.pk,
            session_id=self.actor.session_id,
            device=self.actor.device,
        )
        if rung is not None:
            self._news.append(ladder.announcement(rung, sender=version.author_id))
        return rung is not None

    def note(
        self,
        held: "Held",
        *,
        event: str = "",
        entity: Entity | None = None,
        reason: str = "",
        detail: ledger.Detail | None = None,
    ) -> None:
        """Puts it on the record, under the act's own event unless another is named."""
        self.record(
            event or self.event,
            patient_id=held.handover.patient_id,
            entity=entity or entity_of(held.handover),
            relationship_id=held.relationship.pk,
            reason=reason,
            detail=detail,
        )

    def record(
        self,
        event: str,
        *,
        patient_id: UUID,
        entity: Entity,
        relationship_id: UUID,
        reason: str = "",
        detail: ledger.Detail | None = None,
    ) -> None:
        """Puts an event of this patient on the record, behind those that the act has said before."""
        self._noted.append(
            ledger.Noted(
                event=event,
                agent=self.actor.agent,
                reason=reason,
                patient_id=patient_id,
                relationship_ids=[relationship_id],
                entity=entity,
                detail=detail or {},
            )
        )

    def conclude(
        self,
        held: "Held",
        result_id: UUID,
        *,
        entity: Entity | None = None,
        reason: str = "",
        detail: ledger.Detail | None = None,
    ) -> None:
        """The act's own event and its key: what every act ends with."""
        self.note(held, entity=entity, reason=reason, detail=detail)
        self.settle(result_id)


@dataclass(frozen=True)
class Held:
    """A handover under its lock, as the actor finds it. The gate is looked at by hold_at_the_gate() only."""

    seen: facts.Seen
    relationship: CareRelationship

    @property
    def handover(self) -> Handover:
        return self.seen.handover

    @property
    def standing(self) -> Standing:
        return self.seen.standing

    @property
    def gate(self) -> tuple[Reason, ...] | None:
        return self.seen.gate

    @property
    def override(self) -> Override | None:
        return self.seen.override

    @property
    def patient(self) -> Patient:
        return self.handover.patient

    @property
    def version(self) -> HandoverVersion:
        """The current version. Raises NotFound while it is a draft."""
        if self.handover.current is None:
            raise NotFound(subject_id=self.handover.pk, patient_id=self.handover.patient_id)
        return self.handover.current

    @property
    def transfer(self) -> Transfer:
        """The move. Raises NotFound when none is planned."""
        if self.handover.transfer is None:
            raise NotFound(subject_id=self.handover.pk, patient_id=self.handover.patient_id)
        return self.handover.transfer

    @property
    def senders(self) -> list[UUID]:
        """Who is to learn what the receiver does: the author, and whoever wrote the current version."""
        writer = self.handover.current.author_id if self.handover.current else None
        return [each for each in dict.fromkeys((self.handover.author_id, writer)) if each is not None]


def opening(actor: Actor, *, key: UUID | None, event: str, leads_to: UUID | None = None) -> AbstractContextManager[Act]:
    """The act's transaction, committed when the block ends (handover/patients/acts.py)."""
    return acts.framed(Act, actor, key=key, event=event, leads_to=leads_to)


_LOCK = Statement("""
SELECT h.patient_id FROM transfers_handover h JOIN patients_patient p ON p.id = h.patient_id
WHERE h.id = %s FOR NO KEY UPDATE OF h, p
""")


def hold(act: Act, handover_id: UUID) -> Held:
    """The handover under its lock, and its patient's, for an actor who may see the patient.

    The patient's row too: two handovers of one patient, or a handover and vital signs that are being entered, come one
    after the other. The facts are read after the locks, by a statement of their own: what a statement that waits for a
    lock has joined is as old as its beginning. Raises NotFound alike for what is not there and what is not theirs.
    """
    locked = _LOCK.first([handover_id])
    if locked is None:
        raise NotFound(subject_id=handover_id)
    # The act happens when it has the locks: whoever waited for them comes after whoever it waited for.
    act.now = timezone.now()
    patient_id = locked[0]
    granted = access.patient_for(act.actor, patient_id, act=act.event)
    seen = facts.seen_by(act.actor, handover_id, now=act.now)
    if seen is None or _is_private(seen):
        raise NotFound(subject_id=handover_id, patient_id=patient_id)
    seen.handover.patient = granted.patient
    return Held(seen=seen, relationship=granted.relationship)


def hold_by_transfer(act: Act, transfer_id: UUID) -> Held:
    """The handover of this move, under its lock: a move changes only under the lock of its handover."""
    handover_id = Handover.objects.filter(transfer_id=transfer_id).values_list("pk", flat=True).first()
    if handover_id is None:
        raise NotFound(subject_id=transfer_id)
    return hold(act, handover_id)


def hold_at_the_gate(act: Act, transfer_id: UUID) -> Held:
    """The same, with the gate as it stands under the locks."""
    held = hold_by_transfer(act, transfer_id)
    return Held(seen=facts.with_gate(held.seen, act.actor, now=act.now), relationship=held.relationship)


def require(held: Held, name: str) -> None:
    """Raises Denied when the act is not for this person, Conflict when it is not for now; each says why."""
    no = why_not(name, held.standing)
    if no is None:
        return
    kind = Denied if no.is_role else Conflict
    raise kind(no.words, code=no.code, subject_id=held.handover.pk, patient_id=held.handover.patient_id)


def require_current(held: Held, version_id: UUID) -> HandoverVersion:
    """The current version, if that is the one the actor has seen. Raises Conflict in words when it is not."""
    version = held.version
    if version.pk != version_id:
        words = _("This handover has changed since you opened it. Read version %(number)s, then go on.")
        raise Conflict(
            words % {"number": version.number},
            code="old_version",
            subject_id=held.handover.pk,
            patient_id=held.handover.patient_id,
        )
    return version


def about_version(version: HandoverVersion) -> Subject:
    """What an inbox item of a handover is about: the version, since that is what is acknowledged."""
    return Subject("handover_version", version.pk)


def about_transfer(transfer: Transfer) -> Subject:
    """What an inbox item of a move is about."""
    return Subject("transfer", transfer.pk)


def entity_of(handover: Handover) -> Entity:
    """The version that an event is about, by its digest; the handover while it is a draft."""
    version = handover.current
    if version is None:
        return Entity("handover", handover.pk)
    return Entity("handover_version", version.pk, version=bytes(version.digest).hex())


def _is_private(seen: facts.Seen) -> bool:
    """A draft is its author's alone."""
    return seen.standing.status == Handover.Status.DRAFT and not seen.standing.is_author
