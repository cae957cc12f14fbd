"""The account of somebody new. They choose their own password, and enrol a second factor, at their first sign-in."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE
from accounts.models import Membership, Person, Unit
from accounts.own_password import give_first_password
from accounts.visible import visible
from ledger.agents import Agent, Entity
from ledger.services import record
from live.refusals import Conflict, Invalid


@transaction.atomic
def create_person(
    *, email: str, display_name: str, role: str, unit_names: Sequence[str], agent: Agent | None
) -> tuple[Person, str]:
    """The person and their first password, which nobody is shown again. `agent` None: an operator at the machine.

    Raises Conflict when somebody has the address, Invalid for a unit that is not there or not the only one of its name.
    """
    email = email.strip().lower()
    if Person.objects.filter(email=email).exists():
        raise Conflict(_("Somebody signs in with that address already."), code="known_email", act="person.created")
    units = [_unit_of(name) for name in unit_names]
    person = Person.objects.create_person(email, None, display_name=visible(display_name), role=role)
    Membership.objects.bulk_create(Membership(person=person, unit=unit) for unit in units)
    record("person.created", agent=agent, entity=Entity("person", person.pk), reason=role, purpose=PURPOSE)
    return person, give_first_password(person, agent=agent)


def _unit_of(name: str) -> Unit:
    found = list(Unit.objects.filter(name=name)[:2])
    if len(found) != 1:
        words = _("No unit, or more than one, is called %(name)s.") % {"name": name}
        raise Invalid(words, code="unknown_unit", act="person.created")
    return found[0]
