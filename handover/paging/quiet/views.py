"""What a unit's levels ask and when it is left in quiet, for whoever answers for it; and a person's own quiet hours."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, wants_json
from accounts.models import Unit
from handover.duty.services.ground import require_may_plan
from handover.paging.quiet import services
from handover.paging.quiet.forms import Times, chosen_in, times_in
from handover.paging.quiet.models import BOUNDS, HELD, SOUNDS, QuietHours
from handover.paging.quiet.rules import quiet_until
from handover.paging.quiet.selectors import (
    AN_HOUR,
    alerts_of,
    hours_of_person,
    hours_of_unit,
    levels_of,
    own_levels,
    settings_of,
)
from handover.paging.quiet.wording import SOUNDS as SOUND_WORDS
from handover.paging.rules.levels import Expectation, Level
from handover.paging.wording import LEVELS
from ledger.services import record_refusal
from live.clock import database_now
from live.refusals import Invalid, NotFound

NO_TIMES = "no_times"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def levels(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """What each level asks; posted, one of them anew, or as the standard has it."""
    unit = _unit(unit_id, services.LEVEL_SET)
    require_may_plan(request.actor, unit_id, at=timezone.now(), act=services.LEVEL_SET)
    if request.method != "POST":
        return render(request, "quiet/levels.html", _context(unit))
    level = request.POST.get("level", "")
    chosen = None if "standard" in request.POST else chosen_in(request.POST)
    try:
        services.set_level(request.actor, key=posted_key(request), unit_id=unit_id, level=level, chosen=chosen)
    except Invalid as refusal:
        return _refused(request, unit, refusal, refused=level)
    messages.success(request, _("Kept. What was sent before keeps what it asked."))
    return done(request, reverse("quiet:levels", args=[unit_id]))


@signed_in
@require_POST
def unit_hours(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The unit's quiet hours; without times it has none."""
    unit = _unit(unit_id, services.HOURS_SET)
    require_may_plan(request.actor, unit_id, at=timezone.now(), act=services.HOURS_SET)
    times = times_in(request.POST)
    try:
        _require_times(times)
        services.set_unit_hours(
            request.actor, key=posted_key(request), unit_id=unit_id, starts=times.starts, ends=times.ends
        )
    except Invalid as refusal:
        return _refused(request, unit, refusal, refused="hours")
    messages.success(request, _("Kept."))
    return done(request, reverse("quiet:levels", args=[unit_id]))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: SignedInRequest) -> HttpResponse:
    """One's own quiet hours instead of the unit's; and how often one was alerted."""
    refusal: Invalid | None = None
    times = times_in(request.POST)
    if request.method == "POST":
        how = request.POST.get("how", "")
        try:
            if how == "own":
                _require_times(times, is_needed=True)
            times = times if how == "own" else Times(None, None)
            services.set_own_hours(
                request.actor, key=posted_key(request), is_own=how != "unit", starts=times.starts, ends=times.ends
            )
            messages.success(request, _("Kept."))
            return done(request, reverse("quiet:own"))
        except Invalid as found:
            if wants_json(request):
                raise
            record_refusal(found, agent=request.actor.agent)
            refusal = found
    context = {**_own(request), "refusal": refusal, "typed": times if refusal else None}
    return render(request, "quiet/own.html", context, status=refusal.status if refusal else 200)


def _require_times(times: Times, *, is_needed: bool = False) -> None:
    if times.is_wrong or (is_needed and (times.starts is None or times.ends is None)):
        words = _("Say from when until when: 22:00 and 07:00.")
        raise Invalid(words, fields={"starts": words}, act=services.HOURS_SET, code=NO_TIMES)


def _unit(unit_id: UUID, act: str) -> Unit:
    unit = Unit.objects.select_related("facility").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=act, subject_id=unit_id)
    return unit


def _refused(request: SignedInRequest, unit: Unit, refusal: Invalid, *, refused: str) -> HttpResponse:
    if wants_json(request):
        raise refusal
    record_refusal(refusal, agent=request.actor.agent)
    words = " ".join(str(each) for each in refusal.fields.values()) or refusal.message
    context = {**_context(unit), "refusal": words, "refused": refused}
    return render(request, "quiet/levels.html", context, status=refusal.status)


def _context(unit: Unit) -> dict[str, Any]:
    asked, is_own = levels_of(unit.pk), own_levels(unit.pk)
    return {
        "unit": unit,
        "levels": [_level(level, asked[level], is_own=level.value in is_own) for level in BOUNDS],
        "hours": hours_of_unit(unit.pk),
    }


def _level(level: Level, asked: Expectation, *, is_own: bool) -> dict[str, Any]:
    shortest, longest = BOUNDS[level]
    within = asked.acknowledge_within
    return {
        "value": level.value,
        "words": LEVELS[level],
        "is_own": is_own,
        "minutes": f"{within.total_seconds() / 60:g}" if within else "",
        "least": round(shortest.total_seconds() / 60),
        "most": round(longest.total_seconds() / 60),
        "sound": asked.sound.value,
        "sound_words": SOUND_WORDS[asked.sound],
        "sounds": [(each.value, SOUND_WORDS[each]) for each in SOUNDS[level]],
        "may_be_held": level in HELD,
        "is_held": not asked.breaks_quiet_hours,
    }


def _own(request: SignedInRequest) -> dict[str, Any]:
    me, now = request.actor.person.pk, database_now()
    setting, chosen = settings_of([me], at=now)[me], hours_of_person(me)
    unit = Unit.objects.filter(pk=setting.unit_id).first() if setting.unit_id else None
    return {
        "how": _how(chosen),
        "chosen": chosen,
        "unit": unit,
        "unit_hours": hours_of_unit(unit.pk) if unit else None,
        "until": quiet_until(setting.hours, now),
        "alerts": alerts_of([me], at=now).get(me, 0),
        "since": now - AN_HOUR,
    }


def _how(chosen: QuietHours | None) -> str:
    if chosen is None:
        return "unit"
    return "own" if chosen.starts else "none"
