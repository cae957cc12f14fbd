"""Somebody who works here no longer is brought back: 'works here no longer' said of the wrong person, or a locum again.

They are who they were: the same role, units, password and factors. Factors stay because taking them away would open
the weaker door: whoever knows the password would be the first to enrol. Who doubts them has them reset, by two. No
session and no PIN comes back. docs/decisions/0063.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import TRUSTED_ROLES, Person
from accounts.people.models import Engagement
from accounts.people.selectors import require_administrator
from accounts.people.services import ENDED, LONGEST_ENGAGEMENT
from accounts.sessions import end_sessions_of
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Conflict, Denied, Invalid, NotFound
from live.timers import set_timer

BACK = "person.enabled"


@transaction.atomic
def bring_back(actor: Actor, *, key: UUID, person_id: UUID, works_until: datetime | None = None) -> None:
    """They work here again, until `works_until` (aware UTC) where their engagement has an end.

    An administrator's act: raises NotFound to everybody else and for nobody; Conflict for somebody who works here;
    Denied for a role that two decide on (approvals.ask_for_return); Invalid for an engagement without an end ahead.
    """
    require_administrator(actor)
    if keys.claim(key, person_id=actor.person.pk, act=BACK, leads_to=person_id).earlier:
        return
    person = leaver(person_id)
    if person.role in TRUSTED_ROLES:
        raise Denied(_("A second administrator does this."), code="second_person", act=BACK, subject_id=person_id)
    renew(person, works_until)
    let_back(person, actor=actor)


def leaver(person_id: UUID) -> Person:
    """The person, locked. Raises NotFound for nobody, Conflict for somebody who works here."""
    person = Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise NotFound(act=BACK, subject_id=person_id)
    if person.is_active:
        raise Conflict(_("They work here. Nothing was changed."), code="active", act=BACK, subject_id=person_id)
    return person


def renew(person: Person, works_until: datetime | None) -> None:
    """Their engagement ends then instead. Raises Invalid where it is over and no end ahead is given."""
    now, row = timezone.now(), Engagement.objects.filter(person=person).first()
    is_ahead = works_until is not None and now < works_until <= now + LONGEST_ENGAGEMENT
    if (works_until and not is_ahead) or (row is not None and row.ends <= now and not works_until):
        wrong = {"works_until": _("Choose a time ahead, within a year.")}
        raise Invalid(fields=wrong, act=BACK, subject_id=person.pk)
    if works_until:
        Engagement.objects.update_or_create(person=person, defaults={"ends": works_until})


def let_back(person: Person, *, actor: Actor) -> None:
    """They are let in again, in the transaction of the act that decided so. Raises Conflict for one that is over."""
    now, row = timezone.now(), Engagement.objects.filter(person=person).first()
    if row is not None:
        if row.ends <= now:
            words = _("The time they were to work here is over. Choose a new end first.")
            raise Conflict(words, code="engagement_over", act=BACK, subject_id=person.pk)
        set_timer(ENDED, person.pk, after=row.ends - now)
    # Whatever was left of their sessions and PINs ends before they are let in: none comes back with them.
    end_sessions_of(person.pk, reason="inactive", agent=actor.agent)
    Person.objects.filter(pk=person.pk).update(is_active=True)
    record(BACK, agent=actor.agent, entity=Entity("person", person.pk), reason=person.role, purpose=PURPOSE)
