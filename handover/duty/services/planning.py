"""Planning: a unit's roles, the rotations that fill them, and who is set for a while by whoever answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.models import Role, Unit
from accounts.visible import visible
from handover.duty import rules
from handover.duty.models import EITHER, PractitionerRole, Rotation, RotationPlace, ScheduleChange
from handover.duty.selectors import live_roles, schedule_of
from handover.duty.services.ground import (
    locked_role,
    look_soon,
    news,
    note,
    others_in,
    require_may_hold,
    require_may_plan,
    require_span,
    span,
)
from live import keys
from live.inbox import announce
from live.refusals import Conflict, Invalid, NotFound

MADE, ENDED = "role.made", "role.ended"
ROTATION_MADE, ROTATION_ENDED = "rotation.made", "rotation.ended"
SET = "role.set"
# Whoever is set for longer has a rotation.
LONGEST_SET = timedelta(days=92)
LONGEST_NAME = 120
KIND = "practitioner_role"


@dataclass(frozen=True)
class Planned:
    """A rotation as it is filled in: the hours on the wall of `zone`, and the people in their order."""

    zone: str
    first_day: date
    begins: time
    ends: time
    people: Sequence[UUID]
    turn_days: int = 7
    weekdays: frozenset[int] = frozenset(range(7))
    last_day: date | None = None


@dataclass(frozen=True)
class NewRole:
    """A role as it is filled in. `profession` is nurse, physician, or `either`.

    One that is safety-critical is needed from one time of the day until the other, or at every hour without them.
    """

    name: str
    profession: str = EITHER
    is_safety_critical: bool = False
    needed_from: time | None = None
    needed_until: time | None = None
    is_lead: bool = False
    is_outreach: bool = False
    covered_by: UUID | None = None


@transaction.atomic
def make_role(actor: Actor, *, key: UUID, unit_id: UUID, new: NewRole) -> PractitionerRole:
    """A role that can be addressed from now on. Whoever plans the unit makes it.

    Raises NotFound for a unit that is not there, Denied for whoever does not plan it, Invalid for a name that another
    of its roles has, for a second lead, and for a role that cannot cover it.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=MADE)
    if claim.earlier:
        return PractitionerRole.objects.get(pk=claim.earlier)
    unit = Unit.objects.select_for_update(no_key=True).filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=MADE, subject_id=unit_id)
    require_may_plan(actor, unit_id, at=timezone.now(), act=MADE)
    _require_fits(unit, new)
    role = PractitionerRole.objects.create(
        unit=unit,
        name=visible(new.name),
        profession=new.profession,
        is_safety_critical=new.is_safety_critical,
        needed_from=new.needed_from,
        needed_until=new.needed_until,
        is_lead=new.is_lead,
        is_outreach=new.is_outreach,
        covered_by_id=new.covered_by,
    )
    look_soon(role)
    note(actor, MADE, role)
    keys.settle(key, result_id=role.pk)
    return role


def _require_fits(unit: Unit, new: NewRole) -> None:
    live, name, wrong = live_roles(), visible(new.name), {}
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = _("A name of at most %(most)s characters.") % {"most": LONGEST_NAME}
    elif live.filter(unit=unit, name__iexact=name).exists():
        wrong["name"] = _("Another name: the unit has a role of this one.")
    if new.profession not in (Role.NURSE, Role.PHYSICIAN, EITHER):
        wrong["profession"] = _("Choose who may hold it.")
    if (new.needed_from is None) != (new.needed_until is None):
        wrong["needed_until"] = _("Give both times, or neither.")
    if new.is_lead and live.filter(unit=unit, is_lead=True).exists():
        wrong["is_lead"] = _("The unit has a lead. It cannot have two.")
    if new.covered_by and not live.filter(pk=new.covered_by).exists():
        wrong["covered_by"] = _("Choose a role that is there.")
    if wrong:
        raise Invalid(fields=wrong, act=MADE)


@transaction.atomic
def end_role(actor: Actor, *, key: UUID, role_id: UUID) -> None:
    """The role can be addressed no longer; what it was stays. Raises Conflict while another is covered by it."""
    if keys.claim(key, person_id=actor.person.pk, act=ENDED, leads_to=role_id).earlier:
        return
    role, now = locked_role(role_id, act=ENDED), timezone.now()
    require_may_plan(actor, role.unit_id, at=now, act=ENDED)
    other = live_roles().filter(covered_by=role).first()
    if other is not None:
        words = _("%(role)s is covered by this one. Change that first.") % {"role": other.name}
        raise Conflict(words, code="covers_another", act=ENDED, subject_id=role_id)
    PractitionerRole.objects.filter(pk=role.pk).update(ended=now)
    note(actor, ENDED, role)


@transaction.atomic
def add_rotation(actor: Actor, *, key: UUID, role_id: UUID, planned: Planned) -> Rotation:
    """A rotation that gives turns from now on, over those that the role has. Everybody in it is told.

    Raises NotFound, Denied as above, and Invalid for hours, days or people that make no rotation.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=ROTATION_MADE)
    if claim.earlier:
        return Rotation.objects.get(pk=claim.earlier)
    role, now = locked_role(role_id, act=ROTATION_MADE), timezone.now()
    require_may_plan(actor, role.unit_id, at=now, act=ROTATION_MADE)
    _require_sound(planned)
    for person_id in dict.fromkeys(planned.people):
        require_may_hold(role, person_id, act=ROTATION_MADE)
    row = Rotation.objects.create(
        role=role,
        zone=planned.zone,
        first_day=planned.first_day,
        last_day=planned.last_day,
        begins=planned.begins,
        ends=planned.ends,
        turn_days=planned.turn_days,
        weekdays=sum(1 << day for day in planned.weekdays),
        made=now,
        made_by=actor.person,
    )
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=row, position=position, person_id=person_id)
        for position, person_id in enumerate(planned.people)
    )
    note(actor, ROTATION_MADE, role, detail={"rotation": str(row.pk)})
    look_soon(role)
    announce(news(ROTATION_MADE, planned.people, KIND, role.pk, by=actor))
    keys.settle(key, result_id=row.pk)
    return row


_WRONG = {
    "nobody": ("people", gettext_lazy("Choose at least one person.")),
    "people": ("people", gettext_lazy("At most sixty people take turns.")),
    "turn": ("turn_days", gettext_lazy("A turn lasts from one day to 92.")),
    "weekdays": ("weekdays", gettext_lazy("Choose at least one weekday.")),
    "days": ("last_day", gettext_lazy("The last day must not lie before the first.")),
}


def _require_sound(planned: Planned) -> None:
    try:
        zone = ZoneInfo(planned.zone)
    except (KeyError, ValueError, OSError) as exc:
        raise Invalid(fields={"zone": _("There is no such time zone.")}, act=ROTATION_MADE) from exc
    try:
        rules.require_sound(
            rules.Rotation(
                id=uuid4(),
                zone=zone,
                first_day=planned.first_day,
                last_day=planned.last_day,
                begins=planned.begins,
                ends=planned.ends,
                people=tuple(planned.people),
                turn_days=planned.turn_days,
                weekdays=planned.weekdays,
            )
        )
    except rules.BadRotation as exc:
        field, words = _WRONG[exc.code]
        raise Invalid(fields={field: str(words)}, code=exc.code, act=ROTATION_MADE) from exc


@transaction.atomic
def end_rotation(actor: Actor, *, key: UUID, rotation_id: UUID) -> None:
    """The rotation gives nobody a turn from now on. Raises NotFound for one that does not run, Denied as above."""
    if keys.claim(key, person_id=actor.person.pk, act=ROTATION_ENDED, leads_to=rotation_id).earlier:
        return
    row = Rotation.objects.filter(pk=rotation_id, ended__isnull=True).first()
    if row is None:
        raise NotFound(act=ROTATION_ENDED, subject_id=rotation_id)
    role, now = locked_role(row.role_id, act=ROTATION_ENDED), timezone.now()
    require_may_plan(actor, role.unit_id, at=now, act=ROTATION_ENDED)
    Rotation.objects.filter(pk=rotation_id, ended__isnull=True).update(ended=now)
    note(actor, ROTATION_ENDED, role, detail={"rotation": str(rotation_id)})
    look_soon(role)
    people = list(row.places.values_list("person_id", flat=True))
    announce(news(ROTATION_ENDED, people, KIND, role.pk, by=actor))


@transaction.atomic
def set_holder(
    actor: Actor, *, key: UUID, role_id: UUID, person_id: UUID, starts: datetime, ends: datetime
) -> ScheduleChange:
    """The change by which somebody holds the role for a while, set by whoever plans the unit. All concerned are told.

    What has passed is not changed: it begins now at the earliest. Raises NotFound, Denied as above, and Invalid for
    moments that make no time and for a person who does not fit.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=SET)
    if claim.earlier:
        return ScheduleChange.objects.get(pk=claim.earlier)
    role, now = locked_role(role_id, act=SET), timezone.now()
    require_may_plan(actor, role.unit_id, at=now, act=SET)
    person = require_may_hold(role, person_id, act=SET)
    begins = require_span(starts, ends, at=now, act=SET)
    if ends - begins > LONGEST_SET:
        raise Invalid(fields={"ends": _("At most 92 days. Plan a rotation for longer.")}, act=SET)
    before = schedule_of(role.pk, starts=begins, ends=ends)
    change = ScheduleChange.objects.create(
        role=role, kind="set", person=person, starts=begins, ends=ends, made=now, made_by=actor.person
    )
    note(actor, SET, role, person_id=person.pk, detail=span(begins, ends))
    look_soon(role)
    announce(news(SET, [*others_in(before), person.pk], KIND, role.pk, by=actor))
    keys.settle(key, result_id=change.pk)
    return change
