"""What a level asks in a unit, who is in quiet hours and until when, and how often each was alerted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Duty, Membership
from handover.paging.quiet.models import Interruption, QuietHours, UnitLevel
from handover.paging.quiet.rules import Hours, quiet_until
from handover.paging.rules.levels import LEVELS, Expectation, Level, Sound
from handover.reach.selectors import reachability_of
from live.clock import database_now

AN_HOUR = timedelta(hours=1)
Expectations = Mapping[Level, Expectation]


@dataclass(frozen=True)
class Setting:
    """Where a person is at work or belongs, what the levels ask there, and when they are left in quiet."""

    unit_id: UUID | None
    levels: Expectations
    hours: Hours | None


@dataclass(frozen=True)
class Notice:
    """What a sender should know of somebody before they write: until when they are in quiet, how often alerted lately.

    `levels` of those that would be held. `is_reachable`: whether anything that makes a sound reaches them now.
    """

    quiet_until: datetime | None
    alerts: int
    levels: tuple[str, ...] = ()
    is_reachable: bool = True


def levels_of(unit_id: UUID | None) -> Expectations:
    """What each level asks in the unit: its own choice, or the standard."""
    return _levels([unit_id] if unit_id else []).get(unit_id, LEVELS)


def own_levels(unit_id: UUID) -> frozenset[str]:
    """The levels that the unit has set itself."""
    return frozenset(UnitLevel.objects.filter(unit=unit_id, ended__isnull=True).values_list("level", flat=True))


def hours_of_unit(unit_id: UUID) -> QuietHours | None:
    """The unit's quiet hours; None where it has none."""
    return QuietHours.objects.filter(unit=unit_id, ended__isnull=True).first()


def hours_of_person(person_id: UUID) -> QuietHours | None:
    """The person's own choice, which counts instead of their unit's; None where they made none."""
    return QuietHours.objects.filter(person=person_id, ended__isnull=True).first()


def settings_of(people: Collection[UUID], *, at: datetime) -> dict[UUID, Setting]:
    """For each of these people. Four queries, however many they are."""
    units = _units(people, at=at)
    found = set(units.values())
    levels = _levels(found)
    of_person, of_unit = _hours(people, found)
    return {
        each: Setting(
            unit_id=(unit_id := units.get(each)),
            levels=levels.get(unit_id, LEVELS),
            hours=_hours_in(of_person[each]) if each in of_person else _hours_in(of_unit.get(unit_id)),
        )
        for each in people
    }


def notices_of(people: Collection[UUID]) -> dict[UUID, Notice]:
    """What is to be known of each before something is sent; of whom there is nothing to be known is absent."""
    now = database_now()
    alerts, reached = alerts_of(people, at=now), reachability_of(people)
    found = {}
    for person_id, setting in settings_of(people, at=now).items():
        until, hears = quiet_until(setting.hours, now), reached[person_id].hears
        if until or person_id in alerts or not hears:
            held = _held(setting) if until else ()
            found[person_id] = Notice(until, alerts.get(person_id, 0), held, is_reachable=hears)
    return found


def alerts_of(people: Collection[UUID], *, at: datetime) -> dict[UUID, int]:
    """Person -> how often something has alerted them in the hour before; who was not is absent."""
    rows = alerted(starts=at - AN_HOUR, ends=at).filter(person_id__in=people)
    return dict(rows.order_by().values_list("person_id").annotate(count=Count("pk")))


def alerted(*, starts: datetime, ends: datetime) -> QuerySet[Interruption]:
    """What has alerted somebody after `starts` and not after `ends`: what was held counts when it was let go."""
    # Held for half a day at the longest: nothing older can have come in.
    rows = Interruption.objects.filter(at__gt=starts - timedelta(hours=13), at__lte=ends)
    return rows.annotate(came=Coalesce("held_until", "at")).filter(came__gt=starts, came__lte=ends)


def held_step(occasion: UUID) -> datetime | None:
    """When the first of those whom it alerts is let out of quiet, where all of them are held; None where one is not."""
    return _first_let_go(Interruption.objects.filter(occasion=occasion).values_list("held_until", flat=True))


def held_steps(occasions: Collection[UUID]) -> dict[UUID, datetime]:
    """The same of several: of those at which nobody was alerted at once."""
    found: dict[UUID, list[datetime | None]] = defaultdict(list)
    for occasion, until in Interruption.objects.filter(occasion__in=occasions).values_list("occasion", "held_until"):
        found[occasion].append(until)
    return {occasion: first for occasion, ends in found.items() if (first := _first_let_go(ends))}


def _first_let_go(ends: Iterable[datetime | None]) -> datetime | None:
    known = list(ends)
    held = [each for each in known if each is not None]
    return min(held) if held and len(held) == len(known) else None


def sounds_of(subject_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], str]:
    """(subject, person) -> how its last alert sounds on an open page: silent, while it is held."""
    if not subject_ids:
        return {}
    now = database_now()
    rows = Interruption.objects.filter(subject_id__in=subject_ids).order_by("at", "pk")
    return {
        (row.subject_id, row.person_id): Sound.SILENT.value if row.held_until and row.held_until > now else row.sound
        for row in rows
    }


def held_of(subject_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], datetime]:
    """(subject, person) -> until when its alert is held, of what is held now."""
    if not subject_ids:
        return {}
    rows = Interruption.objects.filter(subject_id__in=subject_ids, held_until__gt=database_now())
    return {(row.subject_id, row.person_id): row.held_until for row in rows if row.held_until}


def _held(setting: Setting) -> tuple[str, ...]:
    return tuple(level.value for level, asked in setting.levels.items() if not asked.breaks_quiet_hours)


def _units(people: Collection[UUID], *, at: datetime) -> dict[UUID, UUID]:
    """Where each is on duty, the latest first; else the first of their units by name."""
    belongs = Membership.objects.filter(person_id__in=people).order_by("-unit__name", "-pk")
    found = dict(belongs.values_list("person_id", "unit_id"))
    duties = Duty.objects.at(at).filter(person_id__in=people).order_by("starts", "pk")
    return found | dict(duties.values_list("person_id", "unit_id"))


def _levels(unit_ids: Collection[UUID]) -> dict[UUID | None, Expectations]:
    found: dict[UUID | None, Expectations] = {}
    for row in UnitLevel.objects.filter(unit_id__in=unit_ids, ended__isnull=True):
        level = Level(row.level)
        own = replace(
            LEVELS[level],
            acknowledge_within=row.acknowledge_within,
            sound=Sound(row.sound),
            breaks_quiet_hours=row.breaks_quiet_hours,
        )
        found[row.unit_id] = {**found.get(row.unit_id, LEVELS), level: own}
    return found


def _hours(
    people: Collection[UUID], units: Collection[UUID]
) -> tuple[dict[UUID, QuietHours], dict[UUID | None, QuietHours]]:
    rows = QuietHours.objects.filter(Q(person_id__in=people) | Q(unit_id__in=units), ended__isnull=True)
    of_person = {row.person_id: row for row in rows if row.person_id is not None}
    return of_person, {row.unit_id: row for row in rows if row.unit_id is not None}


def _hours_in(row: QuietHours | None) -> Hours | None:
    if row is None or row.starts is None or row.ends is None:
        return None
    return Hours(row.starts, row.ends, ZoneInfo(settings.TIME_ZONE))
