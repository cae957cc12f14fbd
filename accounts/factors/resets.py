"""Resetting a person's factors: asked for by one administrator, done by another. A call agent can do neither.

Source: ASVS 5.0 V6.4.4: a lost factor asks for proof as good as at enrolment. Two people who know the third, in person.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.factors import events, services
from accounts.factors.models import FactorReset
from accounts.factors.selectors import open_resets
from accounts.models import Person
from accounts.sessions import end_sessions_of
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Conflict, Denied, NotFound


@transaction.atomic
def ask_reset(actor: Actor, *, key: UUID, email: str) -> FactorReset:
    """The reset that waits for a second administrator. Raises NotFound for nobody, Denied for oneself."""
    claim = keys.claim(key, person_id=actor.person.pk, act="factor.reset_asked")
    if claim.earlier:
        return FactorReset.objects.get(pk=claim.earlier)
    person = Person.objects.select_for_update().filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise NotFound(_("Nobody here signs in with that address. Check it and try again."), act="factor.reset_asked")
    if person.pk == actor.person.pk:
        words = _("Two others do this for you: ask an administrator.")
        raise Denied(words, code="own_reset", act="factor.reset_asked", subject_id=person.pk)
    # One that ran out, or whose asker administers no more, makes room.
    FactorReset.objects.filter(person=person, done__isnull=True).exclude(pk__in=open_resets()).delete()
    waiting = FactorReset.objects.filter(person=person, done__isnull=True).first()
    reset = waiting or FactorReset.objects.create(person=person, asked_by=actor.person)
    record("factor.reset_asked", agent=actor.agent, entity=Entity("person", person.pk), purpose=PURPOSE)
    events.tell("factor.reset_asked", person.pk)
    keys.settle(key, result_id=reset.pk)
    return reset


@transaction.atomic
def do_reset(actor: Actor, *, key: UUID, reset_id: UUID) -> None:
    """The person has no factor, and is signed out everywhere: they enrol anew at their next sign-in.

    Raises NotFound for none and for one that has run out (selectors.open_resets), Conflict when it was done, Denied for
    whoever asked for it and for the person themselves.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="factor.reset")
    if claim.earlier:
        return
    reset = FactorReset.objects.select_for_update().filter(pk=reset_id).first()
    if reset is None:
        raise NotFound(act="factor.reset", subject_id=reset_id)
    if reset.done is not None:
        raise Conflict(act="factor.reset", subject_id=reset_id)
    if not open_resets().filter(pk=reset_id).exists():
        raise NotFound(act="factor.reset", subject_id=reset_id, code="ran_out")
    if actor.person.pk in {reset.asked_by_id, reset.person_id}:
        raise Denied(
            _("A second administrator does this."), code="second_person", act="factor.reset", subject_id=reset_id
        )
    reset.done, reset.done_by = timezone.now(), actor.person
    reset.save(update_fields=["done", "done_by"])
    services.forget_factors(reset.person_id)
    end_sessions_of(reset.person_id, reason="factor_changed", agent=actor.agent)
    record("factor.reset", agent=actor.agent, entity=Entity("person", reset.person_id), purpose=PURPOSE)
    events.tell("factor.reset", reset.person_id)
    keys.settle(key, result_id=reset.pk)


@transaction.atomic
def reset_by_operator(person: Person) -> None:
    """The person has no factor, and is signed out everywhere, by somebody with a shell on the server.

    One person is enough: whoever has the shell has the keys as well (docs/decisions/0050). A reset that waits for a
    second administrator is dropped, or it would take away what is enrolled next.
    """
    Person.objects.select_for_update().get(pk=person.pk)
    FactorReset.objects.filter(person=person, done__isnull=True).delete()
    services.forget_factors(person.pk)
    end_sessions_of(person.pk, reason="factor_changed", agent=None)
    record("factor.reset", agent=None, entity=Entity("person", person.pk), reason="operator", purpose=PURPOSE)
    events.tell("factor.reset", person.pk)


@transaction.atomic
def drop_reset(actor: Actor, *, key: UUID, reset_id: UUID) -> None:
    """The reset is not wanted any more. Raises NotFound when there is none that waits."""
    claim = keys.claim(key, person_id=actor.person.pk, act="factor.reset_dropped")
    if claim.earlier:
        return
    reset = FactorReset.objects.select_for_update().filter(pk=reset_id, done__isnull=True).first()
    if reset is None:
        raise NotFound(act="factor.reset_dropped", subject_id=reset_id)
    record("factor.reset_dropped", agent=actor.agent, entity=Entity("person", reset.person_id), purpose=PURPOSE)
    keys.settle(key, result_id=reset.pk)
    reset.delete()
