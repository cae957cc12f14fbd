"""Once a night it is looked whether a unit calls too much an emergency; its lead is told of it, once for each week.

An alarm that is raised for everything is heard by nobody (CLINICAL practice, 5: above a tenth it is being misused).
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import Membership
from handover.duty.selectors import lead_of
from handover.messaging.models import Message
from handover.messaging.rules.measures import Share
from handover.messaging.selectors.measures import A_WEEK, shares
from handover.paging.models import Page
from handover.paging.quiet.models import EmergencyShare
from handover.paging.rules import Level
from ledger.agents import Entity
from ledger.services import record
from live.clock import database_now
from live.inbox import Announcement, Subject

logger = logging.getLogger("readback.messaging")
OVERUSED, KIND = "quiet.overused", "emergency_share"
EVERY = timedelta(days=1)


def look(_house: UUID) -> Sequence[Announcement]:
    """The nightly timer: what the leads of units are to be told that were not told in this week."""
    at = database_now()
    emergency = {"level": Level.EMERGENCY.value, "sent__gt": at - A_WEEK}
    senders = {
        *Message.objects.filter(**emergency).values_list("author_id", flat=True),
        *Page.objects.filter(**emergency).values_list("sent_by_id", flat=True),
    }
    units = sorted(set(Membership.objects.filter(person_id__in=senders).values_list("unit_id", flat=True)))
    found = shares(units, starts=at - A_WEEK, ends=at)
    today = timezone.localtime(at).date()
    monday = today - timedelta(days=today.weekday())
    news: list[Announcement] = []
    for unit_id in units:
        if found[unit_id].is_overused:
            news += _report(unit_id, found[unit_id], monday=monday, at=at)
    return news


def _report(unit_id: UUID, share: Share, *, monday: date, at: datetime) -> list[Announcement]:
    """Written down once for the unit and week; whoever leads it is told then."""
    row, is_new = EmergencyShare.objects.get_or_create(
        unit_id=unit_id, week=monday, defaults={"sent": share.total, "emergencies": share.emergencies}
    )
    if not is_new:
        return []
    detail = {"sent": share.total, "emergencies": share.emergencies}
    record(OVERUSED, agent=None, entity=Entity("unit", unit_id), purpose="HOPERAT", detail=detail)
    lead = lead_of(unit_id, at=at)
    if lead is None:
        # Nobody to tell is on the process's log, and the share stands on the unit's page.
        logger.warning("messaging.no_lead", extra={"unit": str(unit_id)})
        return []
    return [Announcement(OVERUSED, [lead.pk], Subject(KIND, row.pk))]
