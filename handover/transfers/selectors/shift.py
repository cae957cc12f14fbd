"""The end of a shift: whom this person has, each with what changed since the handover before, and what is on its way.

A fixed number of queries for any number of patients; the read of all of them is one event.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Unit
from handover.patients import access, budget
from handover.patients.documents import Headline, Summary
from handover.patients.models import SummaryVersion
from handover.patients.rules import urgency_key
from handover.patients.sealed import headline_of, summary_in
from handover.transfers import sealed
from handover.transfers.documents import HandoverDocument, Ipass
from handover.transfers.models import Handover, OpenAction, Responsibility
from handover.transfers.rules import Change, changes_since, unchanged_parts
from handover.transfers.rules.prefill import Known, prefilled
from handover.transfers.selectors import parts
from handover.transfers.selectors.shapes import DeclineView, Ladder
from ledger import services as ledger
from live import ladder
from live.refusals import NotFound
from vault.services import Scope, prepare

# How long a patient who was accepted stays on the list of whoever handed them over: a long shift.
SHOWN_FOR = timedelta(hours=12)


@dataclass(frozen=True)
class ShiftCard:
    """A patient to hand over. `before` is the handover that was accepted last; `seen` changes when any of this does."""

    patient_id: UUID
    unit: Unit
    headline: Headline
    summary: Summary
    ipass: Ipass
    draft_revision: int
    before: HandoverDocument | None
    before_at: datetime | None
    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    seen: str


@dataclass(frozen=True)
class ShiftSent:
    """A patient whose handover is on its way, was declined, or was accepted a short while ago."""

    handover: Handover
    unit: Unit
    headline: Headline
    ladders: tuple[Ladder, ...]
    recipients: str
    decline: DeclineView | None


@dataclass(frozen=True)
class ShiftPage:
    """Both lists, the most urgent first."""

    cards: tuple[ShiftCard, ...]
    sent: tuple[ShiftSent, ...]

    @property
    def waiting(self) -> int:
        """How many were sent and nobody has accepted yet."""
        return sum(1 for each in self.sent if each.handover.status != Handover.Status.ACCEPTED)


@transaction.atomic
def shift_page(actor: Actor, *, at: datetime) -> ShiftPage:
    """Everybody this person has, and what they have handed over. Recorded as one patient.read."""
    held, out = _held(actor), _out(actor, at=at)
    seen = _recorded(actor, [row.patient_id for row in held] + [row.patient_id for row in out])
    going = {row.patient_id for row in out if row.status != Handover.Status.ACCEPTED}
    own = [row for row in held if row.patient_id in seen and row.patient_id not in going]
    # The cards show whole summaries: whoever took patients to look at them here has looked at them.
    budget.count_own(actor, seen)
    return ShiftPage(cards=_cards(actor, own, at=at), sent=_sent([row for row in out if row.patient_id in seen], at=at))


@transaction.atomic
def shift_card(actor: Actor, patient_id: UUID, *, at: datetime) -> ShiftCard:
    """One of these patients. Recorded as patient.read. Raises NotFound for one whom this person does not have."""
    access.patient_for(actor, patient_id)
    held = [row for row in _held(actor) if row.patient_id == patient_id]
    if not held or not _recorded(actor, [patient_id]):
        raise NotFound(act="patient.read", patient_id=patient_id)
    budget.count_own(actor, [patient_id])
    return _cards(actor, held, at=at)[0]


@transaction.atomic
def shift_sent(actor: Actor, *, at: datetime) -> tuple[ShiftSent, ...]:
    """What this person has handed over, as it stands now. Recorded as one patient.read."""
    out = _out(actor, at=at)
    seen = _recorded(actor, [row.patient_id for row in out])
    return _sent([row for row in out if row.patient_id in seen], at=at)


def _held(actor: Actor) -> list[Responsibility]:
    rows = Responsibility.objects.filter(person=actor.person, until__isnull=True)
    return list(rows.select_related("patient", "unit"))


def _out(actor: Actor, *, at: datetime) -> list[Handover]:
    """Without those of a move: they have a page and a board of their own."""
    accepted = Q(status=Handover.Status.ACCEPTED, accepted__gt=at - SHOWN_FOR)
    waiting = Q(status__in=(Handover.Status.SENT, Handover.Status.DECLINED))
    rows = Handover.objects.filter(accepted | waiting, author=actor.person, transfer=None, current__isnull=False)
    related = ("patient", "author_unit", "to_person", "to_unit", "accepted_by", "declined_by")
    newest: dict[UUID, Handover] = {}
    for row in rows.select_related(*related).order_by("sent"):
        newest[row.patient_id] = row
    return list(newest.values())


def _recorded(actor: Actor, patient_ids: Collection[UUID]) -> set[UUID]:
    """Those of them whom this person may see, with the read on the record."""
    allowed = access.rows_allowing([(actor.person.pk, each) for each in dict.fromkeys(patient_ids)])
    seen = [patient_id for _person, patient_id in allowed]
    if seen:
        ledger.record_read(
            "patient.read",
            agent=actor.agent,
            patient_ids=seen,
            relationship_ids=list(allowed.values()),
            detail={"by": "shift"},
        )
    prepare([Scope.patient(each) for each in seen])
    return set(seen)


def _cards(actor: Actor, held: list[Responsibility], *, at: datetime) -> tuple[ShiftCard, ...]:
    ids = [row.patient_id for row in held]
    summaries, before, drafts = _summaries(ids), _accepted_before(ids), _drafts(actor, ids)
    actions = _actions(ids)
    cards = []
    for row in held:
        number, summary = summaries.get(row.patient_id, (0, Summary()))
        last, draft = before.get(row.patient_id), drafts.get(row.patient_id)
        document = sealed.document_of(last.current, patient_id=row.patient_id) if last and last.current else None
        known = Known(
            patient_id=row.patient_id,
            before=document.ipass if document else None,
            open_actions=tuple(sealed.action_of(each) for each in actions[row.patient_id] if each.done is None),
            finished=frozenset(each.pk for each in actions[row.patient_id] if each.done is not None),
            summary=summary,
            call_back=actor.person.phone,
        )
        ipass = (sealed.draft_of(draft) if draft else None) or prefilled(known)
        revision = draft.draft_revision if draft else 0
        cards.append(
            ShiftCard(
                patient_id=row.patient_id,
                unit=row.unit,
                headline=headline_of(row.patient),
                summary=summary,
                ipass=ipass,
                draft_revision=revision,
                before=document,
                before_at=last.accepted if last else None,
                changes=_changes(document, ipass, summary),
                unchanged=unchanged_parts(document.ipass if document else None, ipass),
                seen=_mark_of(ipass, number),
            )
        )
    return tuple(sorted(cards, key=lambda card: urgency_key(card.headline, at)))


def _changes(before: HandoverDocument | None, ipass: Ipass, summary: Summary) -> tuple[Change, ...]:
    if before is None:
        return ()
    return tuple(changes_since(before, ipass, summary, zone=timezone.get_current_timezone()))


def _mark_of(ipass: Ipass, number: int) -> str:
    """The same while the card says the same: what is sent must be what its writer has looked at."""
    said = json.dumps(ipass.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(f"{number}/{said}".encode()).hexdigest()


def _sent(out: Iterable[Handover], *, at: datetime) -> tuple[ShiftSent, ...]:
    rows = list(out)
    rungs = ladder.rungs_of([row.current_id for row in rows if row.current_id])
    found = [
        ShiftSent(
            handover=row,
            unit=row.author_unit,
            headline=headline_of(row.patient),
            ladders=parts.ladders_of(rungs.get(row.current_id, [])) if row.current_id else (),
            recipients=parts.recipients_of(row),
            decline=parts.decline_of(row),
        )
        for row in rows
    ]
    rank = {Handover.Status.DECLINED: 0, Handover.Status.SENT: 1}
    return tuple(
        sorted(
            found,
            key=lambda each: (rank.get(Handover.Status(each.handover.status), 2), *urgency_key(each.headline, at)),
        )
    )


def _summaries(patient_ids: list[UUID]) -> dict[UUID, tuple[int, Summary]]:
    rows = SummaryVersion.objects.filter(patient_id__in=patient_ids)
    newest = rows.order_by("patient_id", "-number").distinct("patient_id")
    return {row.patient_id: (row.number, summary_in(row)) for row in newest}


def _accepted_before(patient_ids: list[UUID]) -> dict[UUID, Handover]:
    rows = Handover.objects.filter(patient_id__in=patient_ids, status=Handover.Status.ACCEPTED, current__isnull=False)
    newest = rows.select_related("current").order_by("patient_id", "-accepted").distinct("patient_id")
    return {row.patient_id: row for row in newest}


def _drafts(actor: Actor, patient_ids: list[UUID]) -> dict[UUID, Handover]:
    rows = Handover.objects.filter(patient_id__in=patient_ids, author=actor.person, status=Handover.Status.DRAFT)
    return {row.patient_id: row for row in rows.order_by("patient_id", "-created").distinct("patient_id")}


def _actions(patient_ids: list[UUID]) -> dict[UUID, list[OpenAction]]:
    found: dict[UUID, list[OpenAction]] = defaultdict(list)
    rows = OpenAction.objects.filter(patient_id__in=patient_ids, dropped__isnull=True)
    for row in rows.order_by("due", "pk"):
        found[row.patient_id].append(row)
    return found
