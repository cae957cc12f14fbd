"""The officer's page of retention: the policies, the holds, who is due, what is under way, and what was erased."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Unit
from audit.retention import erasures, holds, notices, policies
from audit.retention.due import Due, due
from audit.retention.models import Erasure, LegalHold, Lifting, Policy
from audit.selectors import record_numbers, record_search, require_officer
from live.acting import acting_as_system
from vault.errors import VaultError

ENDED_SHOWN = 20


@dataclass(frozen=True)
class HoldRow:
    """A hold that stands, whom it is about, and the lifting that waits. `words` is None where they do not open."""

    hold: LegalHold
    number: str
    words: holds.Words | None
    lifting: Lifting | None


@dataclass(frozen=True)
class ErasureRow:
    """An erasure, whom it is about, and from when on nothing is readable anywhere."""

    row: Erasure
    number: str
    nowhere_from: datetime | None
    is_nowhere: bool


@dataclass(frozen=True)
class Overview:
    """Everything on the page. `proposed` waits for a second officer, `under_way` for the end of the window."""

    in_force: Sequence[Policy]
    asked: Sequence[Policy]
    units: Sequence[Unit]
    holds: Sequence[HoldRow]
    due: Sequence[tuple[Due, str]]
    proposed: Sequence[ErasureRow]
    under_way: Sequence[ErasureRow]
    ended: Sequence[ErasureRow]
    window: timedelta


@acting_as_system("retention.page")
@transaction.atomic
def overview(actor: Actor) -> Overview:
    """The page as it stands now. Recorded as audit.searched, with whoever it names. Raises NotFound to others."""
    require_officer(actor)
    standing, quiet, rows = list(_standing()), due(), list(_erasures())
    named = {row.patient_id for row in standing} | {row.patient_id for row in quiet} | {row.patient_id for row in rows}
    record_search(actor, detail={"what": "retention"}, patient_ids=named)
    numbers = record_numbers(named)
    told = [_erasure(row, numbers) for row in rows]
    return Overview(
        in_force=policies.in_force(),
        asked=list(policies.waiting().select_related("unit", "asked_by").order_by("asked")),
        units=list(Unit.objects.order_by("name", "pk")),
        holds=[_hold(row, numbers) for row in standing],
        due=[(row, numbers[row.patient_id]) for row in quiet],
        proposed=[row for row in told if row.row.approved is None],
        under_way=[row for row in told if row.row.approved and not row.row.erased and not row.row.stopped],
        ended=[row for row in told if row.row.erased or row.row.stopped][:ENDED_SHOWN],
        window=settings.BACKUP_WINDOW,
    )


@acting_as_system("retention.page")
def how_many_wait(actor: Actor) -> int:
    """How many decisions of others wait for this officer: erasures, liftings of holds, times to keep. Names nobody."""
    require_officer(actor)
    first, *others = (
        notices.waiting(kind).exclude(asked_by=actor.person).values_list("pk")
        for kind, _title in notices.ASKED.values()
    )
    return first.union(*others, all=True).count()


def _standing() -> Iterable[LegalHold]:
    rows = LegalHold.objects.filter(lifted__isnull=True).select_related("placed_by")
    return rows.prefetch_related("liftings__asked_by").order_by("-placed", "pk")


def _erasures() -> Iterable[Erasure]:
    rows = Erasure.objects.filter(dropped__isnull=True).select_related("asked_by", "approved_by", "stopped_by")
    lapsed = {"approved__isnull": True, "good_until__lte": timezone.now()}
    return [
        *rows.filter(stopped__isnull=True, erased__isnull=True).exclude(**lapsed).order_by("asked"),
        *rows.exclude(stopped__isnull=True, erased__isnull=True).order_by("-approved")[:ENDED_SHOWN],
    ]


def _hold(row: LegalHold, numbers: dict[UUID, str]) -> HoldRow:
    try:
        words = holds.words_of(row)
    except VaultError:
        words = None  # damaged: on record as vault.failed, and the hold stands all the same
    now = timezone.now()
    waits = [each for each in row.liftings.all() if not each.approved and not each.dropped and each.good_until > now]
    return HoldRow(row, numbers[row.patient_id], words, waits[0] if waits else None)


def _erasure(row: Erasure, numbers: dict[UUID, str]) -> ErasureRow:
    nowhere = erasures.nothing_readable_from(row)
    is_nowhere = row.erased is not None and nowhere is not None and nowhere <= timezone.now()
    return ErasureRow(row, numbers[row.patient_id], nowhere, is_nowhere)
