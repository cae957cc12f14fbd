"""The overrides that a compliance officer looks at: people, places, times, locks, and of one the reason given.

Nobody else reads them here: for any other role there is no such thing. The list names patients by id, for the desk that
shows it to find their record numbers; what an officer sees of a patient is docs/decisions/0005.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Person, Role, Unit
from handover.transfers import sealed
from handover.transfers.models import Override, Transfer
from handover.transfers.rules import is_overdue, lock_words
from ledger import services as ledger
from ledger.agents import Entity
from live.acting import acting_as_system
from live.refusals import NotFound
from vault.errors import KeyDestroyed

REVIEWED_SHOWN = 20
_RELATED = ("requested_by", "second_person", "reviewed_by", "transfer__from_unit", "transfer__to_unit")


@dataclass(frozen=True)
class OverrideRow:
    """An override by its people, places and locks; nothing of the patient but their id.

    `way`: how it came to give way. `departed` is None where nobody left under it; `is_over`: the move is, so it can be
    reviewed. `verdict` is in words.
    """

    id: UUID
    patient_id: UUID
    requested: datetime
    requested_by: Person
    way: Literal["emergency", "approved"]
    locks: tuple[str, ...]
    second_person: Person | None
    approved: datetime | None
    departed: datetime | None
    from_unit: Unit
    to_unit: Unit
    is_over: bool
    is_overdue: bool
    reviewed: datetime | None
    reviewed_by: Person | None
    verdict: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Reviews:
    """What waits for a review, oldest first, and what was reviewed last, newest first."""

    waiting: tuple[OverrideRow, ...]
    reviewed: tuple[OverrideRow, ...]


def _of_ones_own(actor: Actor) -> Q:
    """The overrides that this person asked for, or agreed to: somebody else judges them."""
    return Q(requested_by=actor.person) | Q(second_person=actor.person)


@acting_as_system("audit.reviews")
@transaction.atomic
def overrides_to_review(actor: Actor) -> Reviews:
    """Every override that gave way and that nobody has reviewed, and the last twenty that were; none of one's own.

    Recorded as audit.searched, with the patients. Raises NotFound for anybody but a compliance officer.
    """
    _require_officer(actor)
    now = timezone.now()
    gave_way = Q(is_emergency=True) | Q(approved__isnull=False)
    rows = Override.objects.filter(gave_way).exclude(_of_ones_own(actor)).select_related(*_RELATED)
    reviews = Reviews(
        waiting=tuple(_row(row, now) for row in rows.filter(reviewed=None).order_by("requested", "pk")),
        reviewed=tuple(
            _row(row, now) for row in rows.exclude(reviewed=None).order_by("-reviewed", "-pk")[:REVIEWED_SHOWN]
        ),
    )
    ledger.record_read(
        "audit.searched",
        agent=actor.agent,
        patient_ids=sorted({row.patient_id for row in (*reviews.waiting, *reviews.reviewed)}),
        relationship_ids=[],
        detail={"what": "overrides"},
        purpose="HOPERAT",
    )
    return reviews


@acting_as_system("audit.reviews")
@transaction.atomic
def override_to_review(actor: Actor, override_id: UUID) -> OverrideRow:
    """One override with the reason that was given, and the note of its review. Recorded as audit.override_read.

    Raises NotFound for anybody but a compliance officer, for one that is not there, and for one of their own.
    """
    _require_officer(actor)
    row = Override.objects.exclude(_of_ones_own(actor)).filter(pk=override_id).select_related(*_RELATED).first()
    if row is None:
        raise NotFound(act="audit.override_read", subject_id=override_id)
    ledger.record(
        "audit.override_read",
        agent=actor.agent,
        patient_id=row.transfer.patient_id,
        entity=Entity("override", row.pk),
        purpose="HOPERAT",
    )
    return _row(row, timezone.now(), reason=_words(row, "sealed_reason"), note=_words(row, "sealed_review_note"))


def _require_officer(actor: Actor) -> None:
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(act="audit.searched", code="role")


def _words(row: Override, field: str) -> str:
    """The words in this column; none where the patient's key was destroyed: the override itself stays to be judged."""
    try:
        return sealed.words_in(row, field, patient_id=row.transfer.patient_id)
    except KeyDestroyed:
        return ""


def _row(row: Override, now: datetime, *, reason: str = "", note: str = "") -> OverrideRow:
    move = row.transfer
    departed = move.departed if move.departed_under_id == row.pk else None
    return OverrideRow(
        id=row.pk,
        patient_id=move.patient_id,
        requested=row.requested,
        requested_by=row.requested_by,
        way="approved" if row.approved else "emergency",
        locks=lock_words(row.locks),
        second_person=row.second_person,
        approved=row.approved,
        departed=departed,
        from_unit=move.from_unit,
        to_unit=move.to_unit,
        is_over=move.status != Transfer.Status.PLANNED,
        is_overdue=row.reviewed is None and is_overdue(departed or row.requested, now=now),
        reviewed=row.reviewed,
        reviewed_by=row.reviewed_by,
        verdict=row.get_verdict_display() if row.verdict else "",
        reason=reason,
        note=note,
    )
