"""The reads of this room, for administrators: who works here, found by words that may be misspelt."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from accounts.actors import Actor
from accounts.alike import alike
from accounts.models import Person, Role
from accounts.people.models import Invitation
from live.refusals import NotFound

PEOPLE_SHOWN = 50


def people(actor: Actor, *, words: str = "", role: str = "") -> list[Person]:
    """At most fifty people of this role (any: ""): the most alike to the words first, without words by name."""
    require_administrator(actor)
    if words.strip():
        ids = alike(words, role=role, at_most=PEOPLE_SHOWN)
        found = Person.objects.in_bulk(ids)
        return [found[each] for each in ids if each in found]
    rows = Person.objects.filter(role=role) if role else Person.objects.all()
    return list(rows.order_by("-is_active", "display_name", "pk")[:PEOPLE_SHOWN])


def person_for(actor: Actor, person_id: UUID) -> Person:
    """One person, for an administrator. Raises NotFound."""
    require_administrator(actor)
    person = Person.objects.select_related("engagement").filter(pk=person_id).first()
    if person is None:
        raise NotFound(act="person.read", subject_id=person_id)
    return person


def open_invitations(actor: Actor) -> Sequence[Invitation]:
    """Those that can still be taken up, the newest first."""
    require_administrator(actor)
    rows = Invitation.objects.filter(taken__isnull=True, withdrawn__isnull=True, good_until__gt=timezone.now())
    rows = rows.filter(made_by__is_active=True, made_by__role=Role.ADMINISTRATOR)
    return list(rows.select_related("unit", "made_by").order_by("-made"))


def invitations_waiting(actor: Actor) -> int:
    """How many of them a second administrator has yet to approve."""
    return sum(row.waits for row in open_invitations(actor))


def require_administrator(actor: Actor) -> None:
    """Raises NotFound for everybody else."""
    if actor.person.role != Role.ADMINISTRATOR:
        raise NotFound(act="person.read", code="role")
