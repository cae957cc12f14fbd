"""A unit's levels and quiet hours are set by whoever leads it, a person's own by themselves; each alert has its row.

Each choice is one transaction, on the record, and what counted before stays with its end.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Unit
from handover.duty.services.ground import require_may_plan
from handover.duty.services.ringing import Manner
from handover.paging.quiet.models import BOUNDS, HELD, SOUNDS, Interruption, QuietHours, UnitLevel
from handover.paging.quiet.rules import Way, longest_is_kept, way_of
from handover.paging.quiet.selectors import Setting, settings_of
from handover.paging.rules.levels import Level, Sound
from ledger.agents import Entity
from ledger.services import Detail, record
from live import keys
from live.clock import database_now
from live.inbox import Announcement, Subject
from live.models import Timer
from live.refusals import Invalid, NotFound
from live.timers import set_timer

LEVEL_SET, HOURS_SET = "quiet.level_set", "quiet.hours_set"
# The timers of what is held, and of the look each night, which is of the whole house.
OVER, NIGHTLY = "quiet.over", "quiet.nightly"
HOUSE, BY_NIGHT = UUID("00000000-0000-4000-8000-000000000094"), time(3)
LetGo = Callable[[UUID, UUID], Sequence[Announcement]]
_let_go: dict[str, LetGo] = {}


@dataclass(frozen=True)
class Chosen:
    """What a unit's level is to ask: answered within, its sound, and whether it breaks into quiet hours."""

    acknowledge_within: timedelta
    sound: str
    breaks_quiet_hours: bool


@dataclass(frozen=True)
class Alerting:
    """What is to alert people now: `occasion` once. `severity` of the patient it is about, None where of none.

    `is_raised`: whoever sends it says that it must ring, whatever the hour.
    """

    occasion: UUID
    subject: Subject
    level: Level
    severity: str | None
    is_raised: bool = False


@transaction.atomic
def set_level(actor: Actor, *, key: UUID, unit_id: UUID, level: str, chosen: Chosen | None) -> None:
    """From now on the level asks this of whoever is at work in the unit; None: the standard again.

    What was sent before keeps what it asked. Raises NotFound, Denied for whoever does not answer for the unit, and
    Invalid for what the level does not allow: an emergency is never silent, and nothing urgent is held.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=LEVEL_SET)
    unit = _unit(unit_id, LEVEL_SET)
    require_may_plan(actor, unit_id, at=timezone.now(), act=LEVEL_SET)
    if claim.earlier:
        return
    if level not in {each.value for each in BOUNDS}:
        raise Invalid(fields={"level": _("Choose a level.")}, act=LEVEL_SET, subject_id=unit_id)
    if chosen is not None:
        _require_allowed(Level(level), chosen, unit_id)
    UnitLevel.objects.filter(unit=unit, level=level, ended__isnull=True).update(ended=timezone.now())
    result = uuid4()
    if chosen is not None:
        UnitLevel.objects.create(
            id=result,
            unit=unit,
            level=level,
            acknowledge_within=chosen.acknowledge_within,
            sound=chosen.sound,
            breaks_quiet_hours=chosen.breaks_quiet_hours,
            made_by=actor.person,
        )
    seconds = round(chosen.acknowledge_within.total_seconds()) if chosen else 0
    detail: Detail = {"level": level, "within_s": seconds, "sound": chosen.sound if chosen else ""}
    record(LEVEL_SET, agent=actor.agent, entity=Entity("unit", unit.pk), purpose=PURPOSE, detail=detail)
    keys.settle(key, result_id=result)


@transaction.atomic
def set_unit_hours(actor: Actor, *, key: UUID, unit_id: UUID, starts: time | None, ends: time | None) -> None:
    """From now on these are the unit's quiet hours; without times it has none. Raises NotFound, Denied, Invalid."""
    claim = keys.claim(key, person_id=actor.person.pk, act=HOURS_SET)
    unit = _unit(unit_id, HOURS_SET)
    require_may_plan(actor, unit_id, at=timezone.now(), act=HOURS_SET)
    if claim.earlier:
        return
    _require_hours(starts, ends)
    QuietHours.objects.filter(unit=unit, ended__isnull=True).update(ended=timezone.now())
    result = uuid4()
    if starts is not None:
        QuietHours.objects.create(id=result, unit=unit, starts=starts, ends=ends, made_by=actor.person)
    _note_hours(actor, Entity("unit", unit.pk), starts, ends)
    keys.settle(key, result_id=result)


@transaction.atomic
def set_own_hours(actor: Actor, *, key: UUID, is_own: bool, starts: time | None, ends: time | None) -> None:
    """From now on these are the person's own quiet hours, none without times; not `is_own`: their unit's again."""
    if keys.claim(key, person_id=actor.person.pk, act=HOURS_SET).earlier:
        return
    if is_own:
        _require_hours(starts, ends)
    mine = QuietHours.objects.select_for_update().filter(person=actor.person, ended__isnull=True)
    mine.update(ended=timezone.now())
    result = uuid4()
    if is_own:
        QuietHours.objects.create(id=result, person=actor.person, starts=starts, ends=ends, made_by=actor.person)
    _note_hours(actor, Entity("person", actor.person.pk), starts if is_own else None, ends if is_own else None)
    keys.settle(key, result_id=result)


def interrupt(alerting: Alerting, people: Collection[UUID], *, at: datetime) -> dict[UUID, Way]:
    """How each of them is alerted: at once, or held until their quiet hours end. In the act's transaction.

    Each has a row for it, whatever way they have to be reached by; the same occasion, asked for again, has none anew.
    """
    found = settings_of(people, at=at)
    ways = {
        person_id: way_of(
            setting.levels[alerting.level],
            setting.hours,
            at=at,
            is_raised=alerting.is_raised,
            severity=alerting.severity,
        )
        for person_id, setting in found.items()
    }
    rows = [_row(alerting, person_id, found[person_id], way, at=at) for person_id, way in ways.items()]
    Interruption.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        if row.held_until is not None:
            set_timer(OVER, row.pk, after=row.held_until - database_now())
    if alerting.level is Level.EMERGENCY:
        _look_by_night(at)
    return ways


def manner_of_cover(subject: Subject, people: Collection[UUID], at: datetime, wakes: bool) -> dict[UUID, Manner]:
    """How each is rung who is asked to cover: it needs an action of theirs, and is about no patient."""
    ways = interrupt(Alerting(subject.id, subject, Level.NEEDS_ACTION, None, is_raised=wakes), people, at=at)
    return {
        person_id: Manner(way.held_until, way.sound, is_silent=way.sound == Sound.SILENT and not wakes)
        for person_id, way in ways.items()
    }


def _look_by_night(at: datetime) -> None:
    """From the first emergency on it is looked each night how many there are (messaging/services/overuse.py)."""
    if Timer.objects.filter(kind=NIGHTLY, subject_id=HOUSE).exists():
        return
    night = timezone.localtime(at).replace(hour=BY_NIGHT.hour, minute=0, second=0, microsecond=0)
    set_timer(NIGHTLY, HOUSE, after=(night - at) % timedelta(days=1))


def register_let_go(kind: str, handler: LetGo) -> None:
    """From now on `handler(subject_id, person_id)` says what is told when the hold of such a subject is over.

    In the transaction of the timer; nothing where it waits for this person no longer.
    """
    _let_go[kind] = handler


def over(interruption_id: UUID) -> Sequence[Announcement]:
    """The timer of what was held: whoever has a page open is told now. What rings a device waits in the outbox."""
    row = Interruption.objects.filter(pk=interruption_id).first()
    handler = _let_go.get(row.subject_kind) if row else None
    return handler(row.subject_id, row.person_id) if row and handler else []


def _row(alerting: Alerting, person_id: UUID, setting: Setting, way: Way, *, at: datetime) -> Interruption:
    return Interruption(
        occasion=alerting.occasion,
        subject_kind=alerting.subject.kind,
        subject_id=alerting.subject.id,
        person_id=person_id,
        unit_id=setting.unit_id,
        level=alerting.level.value,
        at=at,
        acknowledge_within=setting.levels[alerting.level].acknowledge_within or timedelta(),
        sound=setting.levels[alerting.level].sound.value,
        held_until=way.held_until,
        is_break=way.is_break,
    )


def _require_allowed(level: Level, chosen: Chosen, unit_id: UUID) -> None:
    shortest, longest = BOUNDS[level]
    fields = {}
    if not shortest <= chosen.acknowledge_within <= longest:
        words = _("Between %(least)s and %(most)s minutes.")
        fields["within"] = words % {"least": _minutes(shortest), "most": _minutes(longest)}
    if chosen.sound not in {each.value for each in SOUNDS[level]}:
        fields["sound"] = _("This level is never so quiet. Choose another sound.")
    if not chosen.breaks_quiet_hours and level not in HELD:
        fields["held"] = _("What is urgent is never held.")
    if fields:
        words = " ".join(fields.values())
        raise Invalid(words, fields=fields, act=LEVEL_SET, subject_id=unit_id, code="not_allowed")


def _require_hours(starts: time | None, ends: time | None) -> None:
    if starts is None and ends is None:
        return
    if starts is None or ends is None:
        raise Invalid(fields={"starts": _("Say from when until when, or leave both empty.")}, act=HOURS_SET)
    if not longest_is_kept(starts, ends):
        words = _("Quiet hours last twelve hours at the longest, and end at another time than they begin.")
        raise Invalid(fields={"starts": words}, act=HOURS_SET, code="too_long")


def _minutes(value: timedelta) -> int:
    return round(value.total_seconds() / 60)


def _unit(unit_id: UUID, act: str) -> Unit:
    unit = Unit.objects.select_for_update(no_key=True).filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=act, subject_id=unit_id)
    return unit


def _note_hours(actor: Actor, about: Entity, starts: time | None, ends: time | None) -> None:
    detail = {"starts": f"{starts:%H:%M}" if starts else "", "ends": f"{ends:%H:%M}" if ends else ""}
    record(HOURS_SET, agent=actor.agent, entity=about, purpose=PURPOSE, detail=detail)
