"""The nightly look: no minute of the next fourteen days of a role that may never be empty is without a holder.

What is missing is a row, and its unit's lead is told; what was filled since, or has begun, is closed. Each unit with
such a role has a timer that comes again every day, and at once when something of the role was changed.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from handover.duty.models import CoverageGap, PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.selectors import lead_of, live_roles, missing_of, schedules_of
from handover.duty.services.proof import plan_proofs
from ledger.agents import Entity
from ledger.services import record
from live.inbox import Announcement, Subject

logger = logging.getLogger("readback.duty")
GAP = "coverage.gap"
AHEAD = timedelta(days=14)
EVERY = timedelta(days=1)


def look(unit_id: UUID) -> list[Announcement]:
    """The timer of a unit: what its lead is to be told."""
    return found_now(unit_id, at=timezone.now())


def found_now(unit_id: UUID, *, at: datetime) -> list[Announcement]:
    """Writes down the gaps of the next fourteen days, closes those that are none any more, and says whom to tell.

    It also sets when whoever holds the turns of the next two days is to show that they can be reached.

    Only what is new is told. Inside a transaction.
    """
    critical = (
        live_roles().filter(unit_id=unit_id, is_safety_critical=True).select_for_update(no_key=True, of=("self",))
    )
    roles = list(critical.order_by("pk"))
    schedules = schedules_of([role.pk for role in roles], starts=at, ends=at + AHEAD)
    for role in roles:
        plan_proofs(role, schedules[role.pk], at=at)
    fresh = [gap for role in roles for gap in _write(role, missing_of(role, schedules[role.pk]), at=at)]
    if not fresh:
        return []
    lead = lead_of(unit_id, at=at)
    if lead is None:
        # Nobody to tell is on the process's log, and the gaps stand on the unit's board.
        logger.warning("duty.no_lead", extra={"unit": str(unit_id), "gaps": len(fresh)})
        return []
    return [Announcement(GAP, [lead.pk], Subject("coverage_gap", gap.pk)) for gap in fresh]


def _write(role: PractitionerRole, missing: Sequence[Stretch], *, at: datetime) -> list[CoverageGap]:
    """The gaps of this role that were not known. One that only runs, or was seen less far, is the same gap."""
    known = list(CoverageGap.objects.filter(role=role, closed__isnull=True))
    fresh: list[CoverageGap] = []
    for one in missing:
        same = [row for row in known if row.starts <= one.starts and one.starts < row.ends]
        if same:
            known.remove(same[0])
            CoverageGap.objects.filter(pk=same[0].pk).exclude(ends=one.ends).update(ends=one.ends)
            continue
        fresh.append(CoverageGap.objects.create(role=role, starts=one.starts, ends=one.ends))
    CoverageGap.objects.filter(pk__in=[row.pk for row in known]).update(closed=at)
    for gap in fresh:
        detail = {"starts": gap.starts.isoformat(), "ends": gap.ends.isoformat()}
        record(GAP, agent=None, entity=Entity("practitioner_role", role.pk), purpose="HOPERAT", detail=detail)
    return fresh
