"""A professional registration that an administrator has looked up in the register: shown as a badge beside the name.

The number stands in a public register, so it is kept as it is. A badge says that this name was found there: it is gone
when the name or the profession is another one, and a year after it was looked up: registers are renewed each year.
Nobody looks up their own. docs/decisions/0063.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import CLINICAL_ROLES, Person
from accounts.people.models import LONGEST_NUMBER, LONGEST_REGISTER, Registration
from accounts.people.selectors import person_for
from accounts.visible import visible
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Denied, Invalid

CHECKED, ENDED = "registration.checked", "registration.ended"
GOOD_FOR = timedelta(days=366)


@transaction.atomic
def check_registration(actor: Actor, *, key: UUID, person_id: UUID, register: str, number: str) -> Registration:
    """The registration, as this administrator has found it in the register now; an earlier one counts no more.

    Raises NotFound to everybody else, Denied for oneself, Invalid for a register or number that is none, and for
    somebody who is no nurse or physician.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=CHECKED)
    person_for(actor, person_id)
    if claim.earlier:
        return Registration.objects.get(pk=claim.earlier)
    # Locked: two administrators at once come one after the other, and the later one's counts.
    person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
    if person.pk == actor.person.pk:
        raise Denied(_("Another administrator looks up yours."), code="oneself", act=CHECKED, subject_id=person_id)
    told = {"register": " ".join(visible(register).split()), "number": " ".join(visible(number).split())}
    _require_fits(person, told)
    now = timezone.now()
    Registration.objects.filter(person=person, ended__isnull=True).update(ended=now)
    names = {"name": person.display_name, "role": person.role}
    row = Registration.objects.create(person=person, checked=now, checked_by=actor.person, **told, **names)
    record(CHECKED, agent=actor.agent, entity=Entity("person", person.pk), purpose=PURPOSE)
    keys.settle(key, result_id=row.pk)
    return row


@transaction.atomic
def end_registration(actor: Actor, *, key: UUID, person_id: UUID) -> None:
    """The badge is gone: the register says otherwise now. Nothing happens where there is none. Raises NotFound."""
    claim = keys.claim(key, person_id=actor.person.pk, act=ENDED, leads_to=person_id)
    person = person_for(actor, person_id)
    ended = Registration.objects.filter(person=person, ended__isnull=True)
    if not claim.earlier and ended.update(ended=timezone.now()):
        record(ENDED, agent=actor.agent, entity=Entity("person", person.pk), purpose=PURPOSE)


def registrations_of(person_ids: Collection[UUID]) -> Mapping[UUID, Registration]:
    """Person id -> what is good now of them; who was not looked up, or too long ago or by another name, is absent."""
    rows = Registration.objects.filter(person__in=person_ids, ended__isnull=True, checked__gt=timezone.now() - GOOD_FOR)
    rows = rows.filter(person__is_active=True, name=F("person__display_name"), role=F("person__role"))
    return {row.person_id: row for row in rows.select_related("checked_by")}


def _require_fits(person: Person, told: Mapping[str, str]) -> None:
    longest, wrong = {"register": LONGEST_REGISTER, "number": LONGEST_NUMBER}, {}
    for name, most in longest.items():
        if not told[name] or len(told[name]) > most:
            wrong[name] = _("At least one and at most %(most)s characters.") % {"most": most}
    if person.role not in CLINICAL_ROLES:
        wrong["register"] = _("Nurses and physicians are registered; this person is neither.")
    if wrong:
        raise Invalid(fields=wrong, act=CHECKED, subject_id=person.pk)
