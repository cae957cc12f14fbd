"""Taking a role and leaving it by hand, also while somebody's turn is running."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.duty import rules
from handover.duty.models import PractitionerRole, ScheduleChange
from handover.duty.rules import Stretch
from handover.duty.selectors import missing_of, schedule_of
from handover.duty.services.ground import (
    lead_id,
    locked_role,
    look_soon,
    news,
    note,
    others_in,
    require_may_hold,
    require_span,
    span,
)
from live import keys
from live.inbox import announce
from live.refusals import Conflict, Invalid, NotFound

TAKEN, LEFT = "role.taken", "role.left"
# Nobody takes a role for longer than a day by hand: what lasts is planned.
LONGEST_BY_HAND = timedelta(hours=24)
# A turn of somebody may last so long: what they leave is looked for no further ahead.
AHEAD = timedelta(days=14)
KIND = "practitioner_role"


@transaction.atomic
def take_role(actor: Actor, *, key: UUID, role_id: UUID, until: datetime) -> ScheduleChange:
    """The change by which this person holds the role from now until `until` (aware), whoever's turn it is.

    Who held it is told, and the unit's lead. Raises NotFound for a role that is not there, Invalid for an end that is
    over or more than a day away and for whoever does not fit the role.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=TAKEN)
    if claim.earlier:
        return ScheduleChange.objects.get(pk=claim.earlier)
    role, now = locked_role(role_id, act=TAKEN), timezone.now()
    require_may_hold(role, actor.person.pk, act=TAKEN)
    starts = require_span(now, until, at=now, act=TAKEN)
    if until - now > LONGEST_BY_HAND:
        raise Invalid(fields={"until": _("At most until tomorrow, same time.")}, act=TAKEN, subject_id=role_id)
    before = schedule_of(role.pk, starts=starts, ends=until)
    change = ScheduleChange.objects.create(
        role=role, kind="taken", person=actor.person, starts=starts, ends=until, made=now, made_by=actor.person
    )
    note(actor, TAKEN, role, detail=span(starts, until))
    look_soon(role)
    announce(news(TAKEN, [*others_in(before), lead_id(role.unit_id, at=now)], KIND, role.pk, by=actor))
    keys.settle(key, result_id=change.pk)
    return change


@transaction.atomic
def leave_role(actor: Actor, *, key: UUID, role_id: UUID) -> None:
    """The person holds the role no longer, from now until their turn would have ended.

    What they had taken by hand falls back to whose turn it is; what is their turn is nobody's. Raises NotFound for
    whoever does not hold it now, and Conflict where a role that may never be empty would be: then nothing has changed.
    """
    if keys.claim(key, person_id=actor.person.pk, act=LEFT, leads_to=role_id).earlier:
        return
    role, now = locked_role(role_id, act=LEFT), timezone.now()
    mine = let_go(actor, role, at=now)
    if mine is None:
        raise NotFound(_("You do not hold this role now."), act=LEFT, subject_id=role_id)
    after = schedule_of(role.pk, starts=now, ends=mine.ends)
    if missing_of(role, after):
        words = _("Nobody would hold %(role)s. Ask a colleague to take it, or ask for cover.") % {"role": role.name}
        raise Conflict(words, code="would_be_empty", act=LEFT, subject_id=role_id)
    note(actor, LEFT, role, detail=span(now, mine.ends))
    look_soon(role)
    announce(news(LEFT, [*others_in(after), lead_id(role.unit_id, at=now)], KIND, role.pk, by=actor))


def let_go(actor: Actor, role: PractitionerRole, *, at: datetime) -> Stretch | None:
    """The turn that the person had and that is theirs no longer from `at` on; None where they had none then.

    Inside the transaction of an act that holds the role's lock.
    """
    me = actor.person.pk
    mine = rules.holder_at(rules.stretches_of(schedule_of(role.pk, starts=at, ends=at + AHEAD), me), at)
    if mine is None:
        return None
    taken = ScheduleChange.objects.filter(role=role, person=me, kind="taken", undone__isnull=True)
    taken.filter(starts__lte=at, ends__gt=at).update(undone=at)
    for one in rules.stretches_of(schedule_of(role.pk, starts=at, ends=mine.ends), me):
        ScheduleChange.objects.create(
            role=role, kind="left", starts=one.starts, ends=one.ends, made=at, made_by=actor.person
        )
    return mine
