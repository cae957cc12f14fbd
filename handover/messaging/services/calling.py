"""Calling people in: everybody of some units is rung at once, and says with one tap whether they come."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Unit
from handover.messaging.access import granted
from handover.messaging.models import Message
from handover.messaging.selectors.units import people_of, units_to_call
from handover.messaging.services.acts import opening
from handover.messaging.services.sending import SENT, Said, checked, say
from handover.messaging.services.threads import LONGEST_TITLE, MOST_MEMBERS, OPENED, group_of
from handover.paging.rules.levels import Level
from handover.patients.acts import again
from ledger.agents import Entity
from live.refusals import Invalid

LEVELS = (Level.EMERGENCY, Level.URGENT)


@dataclass(frozen=True)
class CallIn:
    """What has happened and where to come, how much it hurries, and whose people are asked.

    `is_checked`: the sender was asked about another patient's name in it.
    """

    text: str
    level: str
    units: Collection[UUID]
    is_checked: bool = False


def call_in(actor: Actor, *, key: UUID, call: CallIn) -> Message:
    """The message by which all clinicians of these units are called in, in a group of their own.

    On duty or not: whoever chooses it is shown how many that are. Raises Invalid without words, level or units, for a
    unit of another facility, for nobody and for more than 249; Conflict (names_another) as send_message does.
    """
    row = Message(id=uuid4(), author=actor.person, is_call_in=True)
    with opening(actor, key=key, event=SENT, leads_to=row.pk) as act:
        if act.earlier is not None:
            return again(act, Message.objects.filter(author=actor.person))
        units = _units(actor, call.units)
        row.level = _level(call.level)
        people = [person.pk for person in people_of(units) if person.pk != actor.person.pk]
        _require_some(people)
        row.thread = group_of(act, people, title=_title(units))
        found = granted(actor, row.thread, act=act.event)
        text = checked(actor, found, call.text, is_checked=call.is_checked)
        act.note(found, Entity("thread", row.thread.pk), event=OPENED, detail={"kind": row.thread.kind})
        say(
            act,
            found,
            row,
            text=text,
            said=Said(text, row.level, is_checked=call.is_checked),
            addressed=dict.fromkeys(people),
        )
    return row


def _units(actor: Actor, ids: Collection[UUID]) -> list[Unit]:
    known = {unit.pk: unit for unit in units_to_call(actor)}
    if not ids:
        raise Invalid(fields={"units": _("Choose whose people are called in.")}, code="no_unit")
    if not set(ids) <= set(known):
        raise Invalid(fields={"units": _("Choose units from the list.")}, code="no_unit")
    return [known[each] for each in dict.fromkeys(ids)]


def _level(level: str) -> Level:
    if level not in LEVELS:
        raise Invalid(fields={"level": _("Choose how soon it matters.")}, code="no_level")
    return Level(level)


def _require_some(people: Collection[UUID]) -> None:
    if not people:
        raise Invalid(fields={"units": _("Nobody else belongs to these units.")}, code="to_nobody")
    if len(people) >= MOST_MEMBERS:
        words = _("These are %(count)s people, and at most %(most)s are called in at once. Choose fewer units.")
        raise Invalid(fields={"units": words % {"count": len(people), "most": MOST_MEMBERS - 1}}, code="too_many")


def _title(units: Collection[Unit]) -> str:
    return (_("Call-in: %(units)s") % {"units": ", ".join(unit.short_name for unit in units)})[:LONGEST_TITLE]
