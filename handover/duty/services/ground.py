"""What the acts of this room stand on: the role, locked; who may plan a unit; what is recorded, and who is told."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Person, Role
from handover.duty.models import PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.selectors import lead_of, may_hold
from ledger.agents import Entity
from ledger.services import Detail, record
from live.inbox import Announcement, Subject
from live.refusals import Denied, Invalid, NotFound
from live.timers import set_timer

# The timer of a unit (handover/duty/services/coverage.py).
LOOK = "duty.coverage"


def locked_role(role_id: UUID, *, act: str) -> PractitionerRole:
    """A role that can be addressed, locked: who changes one role at once comes one after the other. Raises NotFound."""
    rows = PractitionerRole.objects.select_for_update(no_key=True, of=("self",)).select_related("unit")
    role = rows.filter(pk=role_id, ended__isnull=True).first()
    if role is None:
        raise NotFound(act=act, subject_id=role_id)
    return role


def may_plan(actor: Actor, unit_id: UUID, *, at: datetime) -> bool:
    """Whether this person answers for the unit's schedule: an administrator, or whoever is its lead now."""
    if actor.person.role == Role.ADMINISTRATOR:
        return True
    lead = lead_of(unit_id, at=at)
    return lead is not None and lead.pk == actor.person.pk


def require_may_plan(actor: Actor, unit_id: UUID, *, at: datetime, act: str) -> None:
    """Raises Denied for everybody else."""
    if not may_plan(actor, unit_id, at=at):
        words = _("The lead of the unit plans this. Ask them, or an administrator.")
        raise Denied(words, code="not_the_lead", act=act, subject_id=unit_id)


def require_may_hold(role: PractitionerRole, person_id: UUID, *, act: str) -> Person:
    """The person. Raises Invalid for one who does not belong to the unit, or is of another profession."""
    person = may_hold(role).filter(pk=person_id).first()
    if person is None:
        words = _("Choose somebody of %(unit)s whose profession fits this role.") % {"unit": role.unit.name}
        raise Invalid(words, fields={"person": words}, code="does_not_fit", act=act, subject_id=role.pk)
    return person


def require_span(starts: datetime, ends: datetime, *, at: datetime, act: str) -> datetime:
    """The beginning: now, where it lies in the past. Raises Invalid for what ends before it begins, or is over."""
    begins = max(starts, at)
    if begins >= ends:
        words = _("It must end later than it begins, and not be over yet.")
        raise Invalid(fields={"ends": words}, code="no_time", act=act)
    return begins


def note(
    actor: Actor, event: str, role: PractitionerRole, *, person_id: UUID | None = None, detail: Detail | None = None
) -> None:
    """Puts the act on record: the role, and in the detail whom it is about and when."""
    about: Detail = {**(detail or {}), **({"person": str(person_id)} if person_id else {})}
    record(event, agent=actor.agent, entity=Entity("practitioner_role", role.pk), purpose=PURPOSE, detail=about)


def look_soon(role: PractitionerRole) -> None:
    """The unit's next fourteen days are looked at anew in a moment: something of this role has changed.

    Of its lead's, too: whoever leads now is told what nobody was there to hear.
    """
    if role.is_safety_critical or role.is_lead:
        set_timer(LOOK, role.unit_id, after=timedelta(0))


def span(starts: datetime, ends: datetime) -> Detail:
    """The two moments, for a detail."""
    return {"starts": starts.isoformat(), "ends": ends.isoformat()}


def others_in(stretches: Sequence[Stretch], *but: UUID) -> list[UUID]:
    """Who holds something of these, but for those named: each once."""
    return list(dict.fromkeys(one.person_id for one in stretches if one.person_id and one.person_id not in but))


def lead_id(unit_id: UUID, *, at: datetime) -> UUID | None:
    """Whoever answers for the unit then, to be told; None where nobody does."""
    lead = lead_of(unit_id, at=at)
    return lead.pk if lead else None


def news(event: str, people: Collection[UUID | None], kind: str, subject_id: UUID, *, by: Actor) -> Announcement:
    """What tells these people; not the person who did it."""
    told = [person_id for person_id in people if person_id is not None and person_id != by.person.pk]
    return Announcement(event, list(dict.fromkeys(told)), Subject(kind, subject_id))
