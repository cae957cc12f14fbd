"""What a person does with their own numbers and addresses. One that is not shown to be theirs is used for nothing."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from handover.reach import channels
from handover.reach.models import ADDRESSED, Channel, ContactPoint, Delivery
from handover.reach.points import rules
from handover.reach.points.models import MOST_WRONG, Proof
from handover.reach.sealed import seal_address
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Conflict, Invalid, NotFound

# The subject of what carries a code.
CODE = "reach.code"


@dataclass(frozen=True)
class Shown:
    """Whether a code was right; where it was not, how many tries are left: 0 when the address was given up."""

    is_theirs: bool
    tries_left: int


@transaction.atomic
def add_point(actor: Actor, *, key: UUID, channel: str, typed: str) -> None:
    """A code goes to this address, which is used once the person has typed it. One that waited before is given up.

    Raises Invalid for what is no address, or a channel that is not set up here; Conflict after eight on one day.
    """
    if keys.claim(key, person_id=actor.person.pk, act="contact.added", leads_to=actor.person.pk).earlier:
        return
    if channel not in ADDRESSED or Channel(channel) not in channels.configured():
        raise Invalid(fields={"channel": _("That way is not set up here.")}, act="contact.added")
    address = rules.address_from(Channel(channel), typed)
    if address is None:
        raise Invalid(fields={"address": _WRONG[Channel(channel)]()}, act="contact.added")
    own = ContactPoint.objects.filter(person=actor.person)
    if own.filter(made__gt=timezone.now() - timedelta(days=1)).count() >= rules.MOST_A_DAY:
        words = _("Eight addresses were added today. More can be added tomorrow.")
        raise Conflict(words, act="contact.added", code="too_many")
    own.filter(channel=channel, verified=None, ended=None).update(ended=Now())
    point = ContactPoint(person=actor.person, channel=channel)
    seal_address(point, address)
    point.save(force_insert=True)
    Proof.objects.create(point=point)
    told = {"subject_kind": CODE, "subject_id": point.pk, "unless_on_device": False, "due": Now()}
    Delivery.objects.create(key=key, person=actor.person, channel=channel, **told)
    _record("contact.added", actor, point)


@transaction.atomic
def show(actor: Actor, *, key: UUID, point_id: UUID, typed: str) -> Shown:
    """The address is theirs, and takes the place of the one before, where this is the code that was sent to it.

    The fifth wrong one gives the address up. Tries at the same moment wait for one another. Raises NotFound for what is
    not theirs or waits for no code, Conflict for a code that is too old.
    """
    if keys.claim(key, person_id=actor.person.pk, act="contact.shown", leads_to=point_id).earlier:
        is_theirs = ContactPoint.objects.filter(pk=point_id, person=actor.person, verified__isnull=False).exists()
        return Shown(is_theirs, MOST_WRONG)
    point = _own(actor, point_id, act="contact.shown")
    proof = Proof.objects.select_for_update().filter(point=point).first()
    if proof is None or point.verified is not None:
        raise NotFound(act="contact.shown", subject_id=point_id)
    if not rules.lasts(proof.made, at=timezone.now()):
        words = _("That code is older than ten minutes. Add the address once more, and a new one is sent.")
        raise Conflict(words, act="contact.shown", code="too_old", subject_id=point_id)
    if not rules.is_code(typed, proof_id=str(proof.pk)):
        return _count_wrong(actor, point, proof)
    earlier = ContactPoint.objects.filter(person=actor.person, channel=point.channel, ended=None)
    earlier.exclude(pk=point.pk).update(ended=Now())
    ContactPoint.objects.filter(pk=point.pk).update(verified=Now())
    _record("contact.shown", actor, point)
    return Shown(is_theirs=True, tries_left=MOST_WRONG)


@transaction.atomic
def end_point(actor: Actor, *, key: UUID, point_id: UUID) -> None:
    """Nothing is sent there any more. Raises NotFound for what is not theirs."""
    if keys.claim(key, person_id=actor.person.pk, act="contact.ended", leads_to=point_id).earlier:
        return
    _end(actor, _own(actor, point_id, act="contact.ended"))


def _own(actor: Actor, point_id: UUID, *, act: str) -> ContactPoint:
    rows = ContactPoint.objects.select_for_update().filter(pk=point_id, person=actor.person, ended__isnull=True)
    point = rows.first()
    if point is None:
        raise NotFound(act=act, subject_id=point_id)
    return point


def _count_wrong(actor: Actor, point: ContactPoint, proof: Proof) -> Shown:
    proof.wrong += 1
    proof.save(update_fields=["wrong"])
    _record("contact.shown", actor, point, outcome="refused")
    if proof.wrong >= MOST_WRONG:
        _end(actor, point)
    return Shown(is_theirs=False, tries_left=MOST_WRONG - proof.wrong)


def _end(actor: Actor, point: ContactPoint) -> None:
    ContactPoint.objects.filter(pk=point.pk).update(ended=Now())
    _record("contact.ended", actor, point)


def _record(event: str, actor: Actor, point: ContactPoint, *, outcome: str = "success") -> None:
    about = Entity("contact_point", point.pk)
    record(event, agent=actor.agent, entity=about, purpose=PURPOSE, reason=point.channel, outcome=outcome)


_WRONG = {
    Channel.SMS: lambda: _("A number with its country’s code: +44 20 7946 0111."),
    Channel.VOICE: lambda: _("A number with its country’s code: +44 20 7946 0111."),
    Channel.PAGER: lambda: _("The pager’s own number: digits and letters, twenty at most."),
    Channel.EMAIL: lambda: _("An e-mail address, as name@place.example."),
}
