"""A person says that they are busy or off duty, and that they are back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import CLINICAL_ROLES, Person
from handover.duty.instead import reached_instead, roles_held
from handover.duty.models import Availability
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Conflict, Invalid

SAID, BACK = "availability.said", "availability.ended"
LONGEST_BUSY = timedelta(hours=12)


@dataclass(frozen=True)
class NotReached:
    """Busy until then, or off duty (until None: until they are back), and who covers, where somebody is named."""

    kind: str
    until: datetime | None = None
    cover_id: UUID | None = None


@transaction.atomic
def say_not_reached(actor: Actor, *, key: UUID, said: NotReached) -> Availability:
    """From now on whoever writes to this person is shown who is reached instead.

    Raises Invalid for an end that is none or is more than twelve hours away, and for a cover who is no colleague.
    Raises Conflict where they hold a role that may never be empty: off duty always, and busy where nobody would be
    reached instead. Then nothing has changed.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=SAID)
    if claim.earlier:
        return Availability.objects.get(pk=claim.earlier)
    # Two at once: the second ends what the first has said.
    Person.objects.select_for_update(no_key=True).get(pk=actor.person.pk)
    now = timezone.now()
    _require_sound(actor, said, at=now)
    Availability.objects.filter(person=actor.person, ended__isnull=True).update(ended=now)
    row = Availability.objects.create(
        person=actor.person, kind=said.kind, until=said.until, cover_id=said.cover_id, made=now
    )
    _require_covered(actor, said, at=now)
    about = {"kind": said.kind, **({"until": said.until.isoformat()} if said.until else {})}
    record(SAID, agent=actor.agent, entity=Entity("availability", row.pk), purpose=PURPOSE, detail=about)
    keys.settle(key, result_id=row.pk)
    return row


def _require_sound(actor: Actor, said: NotReached, *, at: datetime) -> None:
    wrong = {}
    if said.kind not in Availability.Kind.values:
        wrong["kind"] = _("Choose busy or off duty.")
    if said.kind == Availability.Kind.BUSY and (said.until is None or not at < said.until <= at + LONGEST_BUSY):
        wrong["until"] = _("Busy for at most twelve hours.")
    if said.until is not None and said.until <= at:
        wrong["until"] = _("It must end later than now.")
    colleagues = Person.objects.filter(is_active=True, role__in=CLINICAL_ROLES).exclude(pk=actor.person.pk)
    if said.cover_id is not None and not colleagues.filter(pk=said.cover_id).exists():
        wrong["cover"] = _("Choose a colleague who works here.")
    if wrong:
        raise Invalid(fields=wrong, act=SAID)


def _require_covered(actor: Actor, said: NotReached, *, at: datetime) -> None:
    """A role that may never be empty stays with somebody who is reached."""
    held = next((role for role in roles_held(actor.person.pk, at=at) if role.is_safety_critical), None)
    if held is None:
        return
    if said.kind == Availability.Kind.OFF:
        words = _("You hold %(role)s. Leave it, or find cover for it, first.") % {"role": held.name}
        raise Conflict(words, code="holds_a_role", act=SAID, subject_id=held.pk)
    instead = reached_instead(actor.person.pk, at=at)
    if instead is None or instead.person is None:
        words = _("You hold %(role)s and nobody would be reached instead. Name a colleague.") % {"role": held.name}
        raise Conflict(words, code="nobody_instead", act=SAID, subject_id=held.pk)


@transaction.atomic
def say_back(actor: Actor, *, key: UUID) -> None:
    """The person is reached as themselves again, where they are on duty. Nothing where they had said nothing."""
    claim = keys.claim(key, person_id=actor.person.pk, act=BACK, leads_to=actor.person.pk)
    row = Availability.objects.select_for_update().filter(person=actor.person, ended__isnull=True).first()
    if claim.earlier or row is None:
        return
    row.ended = timezone.now()
    row.save(update_fields=["ended"])
    record(BACK, agent=actor.agent, entity=Entity("availability", row.pk), purpose=PURPOSE)
