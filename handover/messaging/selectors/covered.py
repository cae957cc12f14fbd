"""Who is reached instead of somebody in a conversation: as the form says, and as it is then sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from accounts.actors import Actor
from accounts.models import Person
from handover.duty.instead import Instead, instead_of_each
from handover.duty.selectors import live_roles
from handover.messaging.models import Thread
from handover.patients import access
from handover.patients.bedside import reached_by


@dataclass(frozen=True)
class Covered:
    """Somebody whom the next message of a conversation goes to, and why it may not reach them.

    `is_closed`: it goes to nobody beside who is in it, and whoever stands in has to be written to.
    """

    person: Person
    instead: Instead
    is_closed: bool


def covered_in(people: Sequence[UUID], *, patient_id: UUID | None, me: UUID, at: datetime) -> dict[UUID, Instead]:
    """Who of these is busy or off duty, and who is reached instead; nobody, where they may not see the patient.

    Covering for somebody opens no patient: who stands in and is not of the patient's team is not told of them.
    """
    found = instead_of_each(people, at=at)
    others = {one.person.pk for one in found.values() if one.person is not None}
    if patient_id is not None and others:
        others = {person_id for person_id, _patient in access.rows_allowing([(each, patient_id) for each in others])}
    may = others - {me}
    return {
        each: one if one.person is None or one.person.pk in may else replace(one, person=None)
        for each, one in found.items()
    }


def covered_of(actor: Actor, thread: Thread, members: Sequence[UUID], *, at: datetime) -> list[Covered]:
    """Of whom the next message goes to, who is busy or off duty. A patient's conversation says it in its list."""
    me = actor.person.pk
    if thread.kind == Thread.Kind.PATIENT:
        return []
    people = [each for each in members if each != me]
    if thread.kind == Thread.Kind.ROLE:
        role = live_roles().filter(pk=thread.role_id).first() if thread.role_id else None
        held = reached_by(role, patient_id=None, at=at) if role and me == thread.opened_by_id else None
        people = [held.person.pk if held else thread.opened_by_id]
        people = [each for each in people if each != me]
    found = covered_in(people, patient_id=None, me=me, at=at)
    rows = Person.objects.in_bulk(list(found))
    is_closed = thread.kind != Thread.Kind.ROLE
    return [Covered(rows[each], one, is_closed) for each, one in found.items() if each in rows]
