"""By which steps a unit's pages climb, and whom its words mean: for whoever answers for the unit."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none, wants_json
from accounts.models import Unit
from handover.duty.selectors import standing_roles
from handover.duty.services.ground import require_may_plan
from handover.paging import services
from handover.paging.foretelling import foretell
from handover.paging.forms import STEPS_SHOWN, policy_in, typed_steps
from handover.paging.models import PAGED_LEVELS, TargetRole
from handover.paging.rules import Level, Mode, Policy, Target, Way
from handover.paging.selectors import own_levels, policy_of, roles_of_targets
from handover.paging.services.policies import NAMED_TARGETS, SET, require_sound
from handover.paging.services.ways import CHANNELS
from handover.paging.targets import meaning_nobody
from handover.paging.wording import LEVELS, TARGETS, WAYS, fires_words, turn_words, usual_words, ways_words
from handover.reach import channels
from live.refusals import Invalid, NotFound


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The steps of each level; posted, those of one level anew, or the standard ones, or what will happen in words."""
    unit = Unit.objects.select_related("facility").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=SET, subject_id=unit_id)
    require_may_plan(request.actor, unit_id, at=timezone.now(), act=SET)
    if request.method != "POST":
        return render(request, "paging/policy.html", _context(unit))
    level = request.POST.get("level", "")
    if "preview" in request.POST:
        return _foretold(request, unit, level)
    typed = None if "standard" in request.POST else policy_in(request.POST)
    try:
        services.set_policy(request.actor, key=posted_key(request), unit_id=unit_id, level=level, policy=typed)
    except Invalid as refusal:
        if wants_json(request):
            raise
        context = {**_context(unit, typed={level: request.POST} if typed else {}), "refusal": refusal, "refused": level}
        return render(request, "paging/policy.html", context, status=refusal.status)
    messages.success(request, _("Kept. Pages that climb already keep the steps they began with."))
    return done(request, reverse("paging:policy", args=[unit_id]))


def _foretold(request: SignedInRequest, unit: Unit, level: str) -> HttpResponse:
    """The page with what was typed, and in words what will happen by it. Nothing is kept."""
    if level not in PAGED_LEVELS:
        raise Invalid(fields={"level": _("Choose a level.")}, act=SET, subject_id=unit.pk)
    typed = policy_in(request.POST)
    context: dict[str, Any] = {**_context(unit, typed={level: request.POST}), "told_of": level}
    context["told"] = _told(unit, typed, Level(level)) if typed.steps else None
    context["left_out"] = [number for number, each in enumerate(typed_steps(request.POST), start=1) if each.is_left_out]
    try:
        require_sound(typed, Level(level), unit.pk)
    except Invalid as refusal:
        context |= {"refusal": refusal, "refused": level}
    return render(request, "paging/policy.html", context)


def _told(unit: Unit, policy: Policy, level: Level) -> dict[str, Any]:
    """What a policy will do, in words: when each step fires, whom it reaches, and by which ways in their order."""
    found, named, ways = (
        foretell(policy, level, nobody=meaning_nobody(unit.pk)),
        roles_of_targets(unit.pk),
        dict(_ways()),
    )
    steps = [
        {
            "when": fires_words(step.after),
            "is_each": step.mode is Mode.EACH,
            "nobody": ", ".join(str(TARGETS[each]) for each in step.nobody),
            "reached": [
                {
                    "whom": ", ".join(_whom(each, named) for each in one.targets),
                    "ways": [
                        turn_words(ways[turn.way.value], turn.after, unless_on_device=turn.unless_on_device)
                        for turn in one.turns
                    ],
                }
                for one in step.reached
            ],
        }
        for step in found.steps
    ]
    return {"steps": steps, "nobody": fires_words(found.nobody_after)}


def _whom(target: Target, named: Mapping[Target, TargetRole]) -> str:
    """Whom the word means, with the role that the unit has named for it."""
    row = named.get(target)
    return f"{TARGETS[target]} ({row.role.name})" if row else str(TARGETS[target])


@signed_in
@require_POST
def target(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """Which role the unit means by one word."""
    services.set_target(
        request.actor,
        key=posted_key(request),
        unit_id=unit_id,
        target=request.POST.get("target", ""),
        role_id=uuid_or_none(request.POST.get("role", "")),
    )
    messages.success(request, _("Kept."))
    return done(request, reverse("paging:policy", args=[unit_id]))


def _context(unit: Unit, *, typed: Mapping[str, QueryDict] | None = None) -> dict[str, Any]:
    own, named = own_levels(unit.pk), roles_of_targets(unit.pk)
    return {
        "unit": unit,
        "levels": [
            {
                "value": each,
                "words": LEVELS[Level(each)],
                "is_own": each in own,
                "steps": _typed(typed[each], Level(each)) if typed and each in typed else _steps(unit, Level(each)),
            }
            for each in PAGED_LEVELS
        ],
        "targets": [(each.value, words) for each, words in TARGETS.items()],
        "known_ways": _ways(),
        "named": [
            (each, TARGETS[Target(each)], row.role_id if (row := named.get(Target(each))) else None)
            for each in NAMED_TARGETS
        ],
        "roles": list(standing_roles().order_by("unit__name", "name")),
    }


def _typed(posted: QueryDict, level: Level) -> list[dict[str, Any]]:
    """The steps as they were typed, each at its place."""
    return [
        {
            "targets": [target.value for target in each.targets],
            "words": ", ".join(str(TARGETS[target]) for target in each.targets),
            "minutes": each.minutes,
            "mode": each.mode,
            "by": ways_words([Way(way) for way in each.ways if way], each.targets),
            "usual": usual_words(each.targets, level),
            "ways": [*each.ways, *[""] * (len(Way) - len(each.ways))],
        }
        for each in typed_steps(posted)
    ]


def _steps(unit: Unit, level: Level) -> list[dict[str, Any]]:
    """The steps as the form shows them, with empty ones behind them to be filled in."""
    policy = policy_of(unit.pk, level)
    shown: list[dict[str, Any]] = [
        {
            "targets": [each.value for each in step.targets],
            "words": ", ".join(str(TARGETS[each]) for each in step.targets),
            "minutes": f"{step.wait.total_seconds() / 60:g}",
            "mode": step.mode.value,
            "by": ways_words(step.ways, step.targets),
            "usual": usual_words(step.targets, level),
            "ways": _places(step.ways),
        }
        for step in policy.steps
    ]
    empty = {"targets": [], "minutes": "", "mode": "first", "usual": usual_words((), level), "ways": _places(())}
    return shown + [dict(empty) for _number in range(STEPS_SHOWN - len(shown))]


def _places(ways: Sequence[Way]) -> list[str]:
    """A place for each way there is, filled from the first on."""
    return [*(way.value for way in ways), *[""] * (len(Way) - len(ways))][: len(Way)]


def _ways() -> list[tuple[str, str]]:
    """Each way as it is chosen; one that this installation cannot send by says so, and reaches nobody yet."""
    there = channels.configured()
    missing = {way for way, channel in CHANNELS.items() if channel not in there and way is not Way.APP}
    return [
        (way.value, _("%(way)s (not set up here)") % {"way": words} if way in missing else str(words))
        for way, words in WAYS.items()
    ]
