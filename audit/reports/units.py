"""The report of a unit: the officer chooses unit and span, and sees how its handovers went, beside the span before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from accounts.answers import uuid_or_none
from accounts.models import Unit
from audit.reports import charts
from audit.selectors import require_officer
from handover.transfers.rules import PARTS
from handover.transfers.selectors.unit_report import LATE_AFTER, Bucket, Completeness, Span, UnitReport, unit_report

GOAL_PERCENT = 90


@dataclass(frozen=True)
class Choice:
    """A span that can be chosen: its weeks, the buckets it is drawn in, and what it is called."""

    weeks: int
    bucket: Bucket
    label: Promise


CHOICES = (Choice(4, "week", _("4 weeks")), Choice(12, "week", _("12 weeks")), Choice(52, "month", _("1 year")))
PART_WORDS = {
    "severity": ("I", _("Illness severity, fresh")),
    "summary": ("P", _("Patient summary")),
    "actions": ("A", _("Action list, owner and time")),
    "contingency": ("S", _("If … then …")),
    "synthesis": ("S", _("Synthesis by the receiver")),
    "essentials": ("+", _("Essentials of the record")),
}


@signed_in
@require_GET
def report(request: SignedInRequest) -> HttpResponse:
    """The figures of one unit. Without one, the units to choose from."""
    require_officer(request.actor)
    units = list(Unit.objects.select_related("facility").order_by("facility__name", "name"))
    chosen = _chosen(request)
    unit_id = uuid_or_none(request.GET.get("unit", ""))
    unit = next((each for each in units if each.pk == unit_id), units[0] if units else None)
    context: dict[str, Any] = {"units": units, "unit": unit, "choices": CHOICES, "chosen": chosen}
    if unit is not None:
        context |= _drawn(request, unit.pk, chosen)
    return render(request, "audit/unit_report.html", context)


def _chosen(request: HttpRequest) -> Choice:
    weeks = request.GET.get("weeks", "")
    return next((choice for choice in CHOICES if str(choice.weeks) == weeks), CHOICES[1])


def _drawn(request: SignedInRequest, unit_id: UUID, chosen: Choice) -> dict[str, Any]:
    until = _week_after(timezone.localtime())
    since = until - timedelta(weeks=chosen.weeks)
    before = since - timedelta(weeks=chosen.weeks)
    spans = Span(since, until, chosen.bucket), Span(before, since, chosen.bucket)
    now, then = unit_report(request.actor, unit_id, *spans)
    timed = [each for each in now.acceptances if each.half_within is not None]
    return {
        "since": since,
        "now": now,
        "then": then,
        "late_after": int(LATE_AFTER.total_seconds() // 60),
        "goal": GOAL_PERCENT,
        "first_read": _percent_of(now.moves - now.overridden, now.moves),
        "first_read_before": _percent_of(then.moves - then.overridden, then.moves),
        "whole": _percent_of(now.completeness.whole, now.completeness.written),
        "weakest": _weakest(now),
        "parts": _parts(now.completeness, then.completeness),
        "lines": charts.two_lines(
            [each.begins for each in timed],
            [each.half_within or 0 for each in timed],
            [each.most_within or 0 for each in timed],
        ),
        "columns": charts.columns([each.begins for each in now.arrivals], [each.overridden for each in now.arrivals]),
    }


def _week_after(moment: datetime) -> datetime:
    """The first moment of the next week: the week that runs is in the report."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=7 - midnight.weekday())


def _percent_of(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def _counts(figures: Completeness) -> list[tuple[int, int]]:
    written = figures.written
    by_name = {**figures.parts, "synthesis": figures.said_back}
    return [(by_name.get(name, 0), written) for name in PART_WORDS]


def _parts(now: Completeness, then: Completeness) -> Sequence[dict[str, Any]]:
    drawn = charts.shares(_counts(now), _counts(then), goal=GOAL_PERCENT)
    words = PART_WORDS.values()
    return [{"letter": letter, "words": name, "bar": bar} for (letter, name), bar in zip(words, drawn, strict=True)]


def _weakest(report_: UnitReport) -> Promise | None:
    """What the part of the writer's is called that was whole least often; None where nothing was written."""
    counted = report_.completeness
    return PART_WORDS[min(PARTS, key=lambda part: counted.parts[part])][1] if counted.written else None
