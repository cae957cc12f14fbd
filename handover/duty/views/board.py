"""A unit's duty board: who answers now, the week, and what nobody holds."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from accounts.models import Person, Role, Unit
from handover.duty import selectors
from handover.duty.beds import beds_of_unit
from handover.duty.board import Reader, lines, week_of
from handover.duty.models import PractitionerRole
from handover.duty.services.ground import may_plan
from handover.duty.views.acts import HOURS
from live.refusals import NotFound

# Further away nothing is planned, and no calendar ends.
FURTHEST = timedelta(days=366)
# The soonest; the others behind a link.
GAPS_SHOWN = 3


@signed_in
@require_GET
def board(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """Who answers for each role of the unit: now, and in the week of ?day= (2026-11-23)."""
    unit = Unit.objects.select_related("facility").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(subject_id=unit_id)
    now, me = timezone.now(), request.actor.person
    today = timezone.localtime(now).date()
    roles, gaps = selectors.roles_of_unit(unit_id), selectors.gaps_of(unit)
    context: dict[str, Any] = {
        "unit": unit,
        "at": now,
        "now": [_now(role, me, at=now) for role in roles],
        "gaps": gaps if request.GET.get("gaps") == "all" else gaps[:GAPS_SHOWN],
        "gap_count": len(gaps),
        "beds": beds_of_unit(unit_id, reader=me, at=now),
        "may_have_beds": me.role == Role.NURSE and me.memberships.filter(unit=unit_id).exists(),
        "hours": HOURS,
        "may_plan": may_plan(request.actor, unit_id, at=now),
        **_week(roles, me, day=_day(request, today), today=today, now=now),
    }
    return render(request, "duty/board.html", context)


def _day(request: SignedInRequest, today: date) -> date:
    """The day that was asked for; today for none, for what is no day, and for one that is too far away."""
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        day = None
    return day if day and abs(day - today) <= FURTHEST else today


def _now(role: PractitionerRole, me: Person, *, at: datetime) -> dict[str, Any]:
    """One role as it stands at this moment, and what this person may do with it."""
    held = selectors.reached_for(role, at=at)
    is_own = held is not None and held.role.pk == role.pk
    is_mine = is_own and held is not None and held.person.pk == me.pk
    return {
        "role": role,
        "held": held,
        "is_covered": held is not None and not is_own,
        "is_missing": role.is_safety_critical and not is_own,
        "is_mine": is_mine,
        "may_take": not is_mine and selectors.may_hold(role).filter(pk=me.pk).exists(),
    }


def _week(roles: list[PractitionerRole], me: Person, *, day: date, today: date, now: datetime) -> dict[str, Any]:
    week = week_of(day, ZoneInfo(settings.TIME_ZONE))
    ids = [role.pk for role in roles]
    schedules = selectors.schedules_of(ids, starts=week.starts, ends=week.ends, seen_at=now)
    people = {one.person_id for stretches in schedules.values() for one in stretches if one.person_id}
    names = dict(Person.objects.filter(pk__in=people).values_list("pk", "display_name"))
    return {
        "week": week,
        "last_day": week.days[-1],
        "is_this_week": week.monday == week_of(today, week.zone).monday,
        "before": week.monday - timedelta(days=7),
        "after": week.monday + timedelta(days=7),
        "lines": lines(roles, schedules, week=week, reader=Reader(me.pk, today, names)),
    }
