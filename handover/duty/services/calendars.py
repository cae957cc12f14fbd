"""A person's calendar address, and a file read as turns of a role, or of all the roles of a unit.

The address is a secret of 256 random bits, shown once: whoever has it sees which roles the person holds when, and
nothing of a patient or a colleague. It opens nothing else, ends when the person says so or leaves, and each fetch is on
the record.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Person
from handover.duty.models import CalendarFeed, PractitionerRole, ScheduleChange
from handover.duty.selectors import may_hold, schedule_of
from handover.duty.services.ground import locked_role, look_soon, news, note, others_in, require_may_plan, span
from ledger.agents import Agent, Entity
from ledger.services import record
from live import keys
from live.inbox import Announcement, announce
from live.refusals import Conflict, Invalid, NotFound

MADE, ENDED, READ, WRITTEN, IMPORTED = (
    "calendar.made",
    "calendar.ended",
    "calendar.read",
    "calendar.exported",
    "calendar.imported",
)
TOKEN_BYTES = 32
SET = "role.set"


@dataclass(frozen=True)
class Put:
    """One turn of a file: whose, from when until when (aware)."""

    person_id: UUID
    starts: datetime
    ends: datetime


@transaction.atomic
def make_feed(actor: Actor, *, key: UUID) -> str:
    """The token of the person's calendar address, which is shown this once. An earlier one opens nothing from now on.

    Raises Conflict when it is asked for again by the same key: the token is not kept, and another has to be made.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=MADE)
    if claim.earlier:
        words = _("The address was shown already. Make a new one.")
        raise Conflict(words, code="shown_already", act=MADE, subject_id=claim.earlier)
    # Two at once: the person's row decides who comes second, and ends what the first has made.
    Person.objects.select_for_update(no_key=True).get(pk=actor.person.pk)
    CalendarFeed.objects.filter(person=actor.person, ended__isnull=True).update(ended=timezone.now())
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = CalendarFeed.objects.create(person=actor.person, digest=_digest(token))
    record(MADE, agent=actor.agent, entity=Entity("calendar", row.pk), purpose=PURPOSE)
    keys.settle(key, result_id=row.pk)
    return token


@transaction.atomic
def end_feed(actor: Actor, *, key: UUID) -> None:
    """The person's calendar address opens nothing any more. Nothing happens where there is none."""
    claim = keys.claim(key, person_id=actor.person.pk, act=ENDED, leads_to=actor.person.pk)
    row = CalendarFeed.objects.select_for_update().filter(person=actor.person, ended__isnull=True).first()
    if claim.earlier or row is None:
        return
    row.ended = timezone.now()
    row.save(update_fields=["ended"])
    record(ENDED, agent=actor.agent, entity=Entity("calendar", row.pk), purpose=PURPOSE)


def has_feed(person: Person) -> bool:
    """Whether the person has an address that opens."""
    return CalendarFeed.objects.filter(person=person, ended__isnull=True).exists()


@transaction.atomic
def person_of_feed(token: str, *, device: str) -> Person:
    """Whose turns a calendar program fetches by this token; the fetch is on the record, as theirs.

    Raises NotFound for a token that is unknown or ended, and for somebody who works here no longer: one answer for all.
    """
    row = CalendarFeed.objects.filter(digest=_digest(token), ended__isnull=True).select_related("person").first()
    if row is None or not row.person.is_active:
        raise NotFound(act=READ)
    agent = Agent(person_id=row.person_id, role=row.person.role, device=device)
    record(READ, agent=agent, entity=Entity("calendar", row.pk), purpose=PURPOSE)
    return row.person


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


@transaction.atomic
def note_export(actor: Actor, unit_id: UUID, roles: Sequence[PractitionerRole]) -> None:
    """Puts on record that the turns of these roles of a unit are taken away as a file, before they leave.

    Raises Denied for whoever does not plan the unit.
    """
    require_may_plan(actor, unit_id, at=timezone.now(), act=WRITTEN)
    for role in roles:
        note(actor, WRITTEN, role)


@transaction.atomic
def import_turns(actor: Actor, *, key: UUID, role_id: UUID, puts: Sequence[Put]) -> int:
    """How many turns were set, all of them or none: from then on these people hold the role at these times.

    What has begun is set from now on. Whoever gains or loses a turn is told once. Raises NotFound, Denied as
    set_holder does, and Invalid for turns that are over, that lie over one another, or of somebody who does not fit.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=IMPORTED, leads_to=role_id)
    if claim.earlier:
        return len(puts)
    role, now = locked_role(role_id, act=IMPORTED), timezone.now()
    require_may_plan(actor, role.unit_id, at=now, act=IMPORTED)
    announce(_put(actor, role, puts, at=now))
    return len(puts)


@transaction.atomic
def import_unit(actor: Actor, *, key: UUID, unit_id: UUID, puts: Mapping[UUID, Sequence[Put]]) -> int:
    """How many turns were set, of every role of the unit (role id -> its turns): all of them or none.

    Who gains or loses a turn is told once for each role. Raises as import_turns does, and NotFound for a role of
    another unit.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=IMPORTED, leads_to=unit_id)
    if claim.earlier:
        return sum(len(each) for each in puts.values())
    now = timezone.now()
    require_may_plan(actor, unit_id, at=now, act=IMPORTED)
    if not puts:
        raise Invalid(_("There is no turn to set."), code="bad_turns", act=IMPORTED, subject_id=unit_id)
    told = []
    # In one order: two files of one unit come one after the other.
    for role_id in sorted(puts):
        role = locked_role(role_id, act=IMPORTED)
        if role.unit_id != unit_id:
            raise NotFound(act=IMPORTED, subject_id=role_id)
        told.append(_put(actor, role, puts[role_id], at=now))
    announce(*told)
    return sum(len(each) for each in puts.values())


def _put(actor: Actor, role: PractitionerRole, puts: Sequence[Put], *, at: datetime) -> Announcement:
    """The turns of one role are set, on record; what is to be told. Raises Invalid."""
    ordered = sorted(puts, key=lambda one: one.starts)
    _require_sound(role, ordered, at=at)
    starts, ends = max(ordered[0].starts, at), max(one.ends for one in ordered)
    before = [
        each
        for each in schedule_of(role.pk, starts=starts, ends=ends)
        if any(each.starts < one.ends and one.starts < each.ends for one in ordered)
    ]
    changes = [_change(actor, role, one, at=at) for one in ordered]
    ScheduleChange.objects.bulk_create(changes)
    for change in changes:
        note(actor, SET, role, person_id=change.person_id, detail=span(change.starts, change.ends))
    note(actor, IMPORTED, role, detail={"turns": len(changes)})
    look_soon(role)
    people = [*others_in(before), *(one.person_id for one in ordered)]
    return news(SET, people, "practitioner_role", role.pk, by=actor)


def _change(actor: Actor, role: PractitionerRole, one: Put, *, at: datetime) -> ScheduleChange:
    return ScheduleChange(
        role=role,
        kind="set",
        person_id=one.person_id,
        starts=max(one.starts, at),
        ends=one.ends,
        made=at,
        made_by=actor.person,
    )


def _require_sound(role: PractitionerRole, ordered: Sequence[Put], *, at: datetime) -> None:
    fits = set(may_hold(role).values_list("pk", flat=True))
    words = ""
    if not ordered:
        words = _("There is no turn to set.")
    elif any(one.ends <= at or one.ends <= one.starts for one in ordered):
        words = _("A turn is over by now. Look at the file again.")
    elif any(following.starts < one.ends for one, following in zip(ordered, ordered[1:], strict=False)):
        words = _("Two turns lie over one another.")
    elif any(one.person_id not in fits for one in ordered):
        words = _("Somebody of the file cannot hold %(role)s.") % {"role": role.name}
    if words:
        raise Invalid(words, code="bad_turns", act=IMPORTED, subject_id=role.pk)
