"""The nightly look: no minute of the next fourteen days of a role that may never be empty is without a holder.

What is missing is a row, and its unit's lead is told, the administrators until there is one; what was filled since, or
has begun, is closed. Each unit with such a role has a timer that comes again every day, and at once when something of
the role was changed.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import Person, Role
from handover.duty.models import CoverageGap, PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.selectors import lead_of, live_roles, missing_of, schedules_of
from handover.duty.services.ground import look_soon
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


def look_behind(person_id: UUID) -> None:
    """Every unit in which this person has turns is looked at in a moment: they work here no longer and hold none."""
    now = timezone.now()
    is_running = Q(rotations__ended__isnull=True) | Q(rotations__ended__gt=now)
    theirs = Q(is_running, rotations__places__person=person_id)
    theirs |= Q(changes__person=person_id, changes__undone__isnull=True, changes__ends__gt=now)
    for role in live_roles().filter(theirs).distinct().order_by("unit_id", "pk"):
        look_soon(role)


def found_now(unit_id: UUID, *, at: datetime) -> list[Announcement]:
    """Writes down the gaps of the next fourteen days, closes those that are none any more, and says whom to tell.

    It also sets when whoever holds the turns of the next two days is to show that they can be reached.

    A gap is told at each look until somebody was there to hear of it, and then no more. Inside a transaction.
    """
    critical = (
        live_roles().filter(unit_id=unit_id, is_safety_critical=True).select_for_update(no_key=True, of=("self",))
    )
    roles = list(critical.order_by("pk"))
    schedules = schedules_of([role.pk for role in roles], starts=at, ends=at + AHEAD)
    for role in roles:
        plan_proofs(role, schedules[role.pk], at=at)
    for role in roles:
        _write(role, missing_of(role, schedules[role.pk]), at=at)
    return _tell(unit_id, roles, at=at)


def _tell(unit_id: UUID, roles: Sequence[PractitionerRole], *, at: datetime) -> list[Announcement]:
    """Each gap that its lead has not heard of; where there is no lead the administrators hear of it meanwhile, once."""
    open_gaps = CoverageGap.objects.filter(role__in=roles, closed__isnull=True, told__isnull=True).order_by("starts")
    lead = lead_of(unit_id, at=at)
    if lead is not None:
        untold = [gap.pk for gap in open_gaps]
        CoverageGap.objects.filter(pk__in=untold).update(told=at)
        return [Announcement(GAP, [lead.pk], Subject("coverage_gap", gap_id)) for gap_id in untold]
    untold = [gap.pk for gap in open_gaps.filter(administrators_told__isnull=True)]
    instead = list(Person.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk"))
    if untold:
        logger.warning("duty.no_lead", extra={"unit": str(unit_id), "gaps": len(untold)})
    if not instead:
        return []
    CoverageGap.objects.filter(pk__in=untold).update(administrators_told=at)
    return [Announcement(GAP, [one.pk for one in instead], Subject("coverage_gap", gap_id)) for gap_id in untold]


def _write(role: PractitionerRole, missing: Sequence[Stretch], *, at: datetime) -> None:
    """The gaps of this role that were not known are rows. One that only runs, or was seen less far, is the same gap."""
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
