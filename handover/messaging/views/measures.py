"""How often the people of a unit are alerted, and how soon they answer: for whoever answers for the unit."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from accounts.models import Role, Unit
from handover.duty.services.ground import require_may_plan
from handover.messaging.rules.measures import Case, Figures, Share, by, figures
from handover.messaging.selectors.measures import A_WEEK, Load, cases, loads, share_of
from handover.messaging.wording import LEVELS
from handover.paging.quiet.models import BOUNDS, EmergencyShare
from handover.paging.rules import Level
from live.clock import database_now
from live.refusals import NotFound

READ = "quiet.measured"


@signed_in
@require_GET
def measures(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The last hour and shift of each person; of the last seven days what was sent, and how soon it was owned."""
    unit = Unit.objects.select_related("facility").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=READ, subject_id=unit_id)
    require_may_plan(request.actor, unit_id, at=timezone.now(), act=READ)
    now = database_now()
    found = cases(unit_id, starts=now - A_WEEK, ends=now)
    share = share_of(unit_id, starts=now - A_WEEK, ends=now)
    context: dict[str, Any] = {
        "unit": unit,
        "at": now,
        "loads": [_load(one) for one in loads(unit_id, at=now)],
        "share": share,
        "levels": _levels(share),
        "reported": EmergencyShare.objects.filter(unit=unit).order_by("-week").first(),
        "whole": _row("", figures(found)),
        "tables": _tables(found),
    }
    return render(request, "messaging/measures.html", context)


def _tables(found: list[Case]) -> list[dict[str, Any]]:
    of_level, of_role, of_hour = by(found, _level), by(_owned(found), _role), by(found, _hour)
    return [
        {"by": "level", "rows": [_row(LEVELS[level], of_level[level]) for level in BOUNDS if level in of_level]},
        {"by": "role", "rows": [_row(Role(role).label, of_role[role]) for role in sorted(of_role)]},
        {"by": "hour", "rows": [_row(f"{hour:02}:00", of_hour[hour]) for hour in sorted(of_hour)]},
    ]


def _owned(found: Iterable[Case]) -> list[Case]:
    return [one for one in found if one.owner_role]


def _level(case: Case) -> Level:
    return case.level


def _role(case: Case) -> str:
    return case.owner_role


def _hour(case: Case) -> int:
    """By the ward's clock."""
    return timezone.localtime(case.came).hour


def _load(one: Load) -> dict[str, Any]:
    counts: Mapping[str, int] = one.by_level
    return {"load": one, "levels": [counts.get(level.value, 0) for level in BOUNDS]}


def _levels(share: Share) -> list[dict[str, Any]]:
    return [
        {
            "words": LEVELS[level],
            "count": share.sent.get(level, 0),
            "percent": _percent(share.sent.get(level, 0), share.total),
            "is_overused": level is Level.EMERGENCY and share.is_overused,
        }
        for level in Level
    ]


def _row(words: Any, found: Figures) -> dict[str, Any]:
    return {
        "words": words,
        "figures": found,
        "p50": _took(found.p50),
        "p95": _took(found.p95),
        "in_time": _percent(found.in_time, found.count),
        "escalated": _percent(found.escalated, found.climbing),
        "wrong": _percent(found.wrong, found.count),
    }


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _took(value: timedelta | None) -> str:
    """3:07, minutes and seconds; with hours, where it took some."""
    if value is None:
        return "–"
    seconds = round(value.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
