"""The acts on a password: a person changes their own, a first one is given and becomes their own at its first use.

Whoever has just a first password has no session: it opens nothing but its own change. Each change ends the person's
other sessions and every PIN in the same transaction. It never touches a second factor (ASVS 5.0 V6.4.3).
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts import passwords, phones
from accounts.actors import PURPOSE, Actor
from accounts.models import DeviceSession, Person, Unit
from accounts.password_rules import problem_with, words_of
from accounts.sessions import actor_of, end_sessions_of, key_digest
from accounts.waits import services as waits
from ledger.agents import Agent, Entity
from ledger.services import record
from live.refusals import Conflict, Invalid

FIRST_FOR = timedelta(hours=72)
FIRST_BYTES = 15  # 120 bits, 20 characters
CHANGE_WITHIN = timedelta(minutes=10)
_SALT = "accounts.own_password"


def change_password(request: HttpRequest, session: DeviceSession, *, present: str, new: str, address: str) -> None:
    """The person has this password from now on, and is signed in on this device alone, with a new key.

    The present one is judged like a guess at sign-in: whoever holds a session that is not theirs has no more tries than
    a stranger. Raises Invalid for a wrong present one (code "wrong_password") and for a new one against the rules.
    """
    person = session.person
    require_good(person, new)
    _who, why_not = waits.check(person.email, present, address=address)
    if why_not:
        words = _("That is not your present password, or it was tried several times just now. Wait a minute.")
        raise Invalid(fields={"present": words}, code=why_not, act="password.changed", subject_id=person.pk)
    hashed = _hash_of(new)
    with transaction.atomic():
        agent = actor_of(session).agent
        _replace(person, hashed, agent=agent, but=session.pk)
        phones.end_shifts(person.pk, reason="password_changed", agent=agent)  # that of this phone, too
        request.session.cycle_key()
        request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        request.session.save()
        digest = key_digest(str(request.session.session_key))
        DeviceSession.objects.filter(pk=session.pk).update(key_digest=digest)


def ticket_for(person: Person) -> str:
    """Signed words that this person has just shown their first password: good for ten minutes and for one change."""
    return signing.dumps({"person": str(person.pk), "stamp": person.get_session_auth_hash()}, salt=_SALT)


def replace_first_password(ticket: str, *, new: str) -> Person:
    """The first password has become the person's own. Raises Invalid against the rules, Conflict for a stale ticket."""
    person = _person_of(ticket)
    require_good(person, new)
    with passwords.place():
        is_the_given = person.check_password(new)
    if is_the_given:
        words = _("That is the password you were given. Choose one that nobody else has seen.")
        raise Invalid(fields={"new": words}, act="password.changed", subject_id=person.pk)
    hashed = _hash_of(new)
    with transaction.atomic():
        _person_of(ticket, is_locked=True)
        _replace(person, hashed, agent=Actor(person=person).agent, but=None)
    return person


@transaction.atomic
def give_first_password(person: Person, *, agent: Agent | None) -> str:
    """A new first password, shown this once: the person makes it their own within 72 hours. `agent` None: an operator.

    What they had opens nothing any more, and they are signed out everywhere.
    """
    first = secrets.token_urlsafe(FIRST_BYTES)
    _replace(person, _hash_of(first), agent=agent, but=None, event="password.given")
    person.first_password_until = timezone.now() + FIRST_FOR
    person.save(update_fields=["first_password_until"])
    return first


def require_good(person: Person, new: str) -> None:
    """Raises Invalid with the words for the field when it is no password for this person."""
    problem = problem_with(new, role=person.role, words=words_around(person))
    if problem:
        raise Invalid(fields={"new": problem}, code="weak_password", act="password.changed", subject_id=person.pk)


def words_around(person: Person) -> list[str]:
    """Name, address, and the units and houses that the person belongs to."""
    units = Unit.objects.filter(memberships__person=person).values_list("name", "short_name", "facility__name")
    return words_of(person.display_name, person.email, *(name for unit in units for name in unit))


def _replace(
    person: Person, hashed: str, *, agent: Agent | None, but: UUID | None, event: str = "password.changed"
) -> None:
    Person.objects.select_for_update().get(pk=person.pk)
    person.password, person.first_password_until = hashed, None
    person.save(update_fields=["password", "first_password_until"])
    record(event, agent=agent, entity=Entity("person", person.pk), purpose=PURPOSE)
    end_sessions_of(person.pk, reason="password_changed", agent=agent, but=but)


def _person_of(ticket: str, *, is_locked: bool = False) -> Person:
    stale = Conflict(_("That took too long. Sign in with the password you were given again."), act="password.changed")
    try:
        held = signing.loads(ticket, salt=_SALT, max_age=CHANGE_WITHIN)
    except signing.BadSignature as exc:
        raise stale from exc
    people = Person.objects.select_for_update() if is_locked else Person.objects.all()
    person = people.filter(pk=held["person"], is_active=True, first_password_until__isnull=False).first()
    # Of one use: the stamp is that of the password it was shown for.
    if person is None or not constant_time_compare(held["stamp"], person.get_session_auth_hash()):
        raise stale
    return person


def _hash_of(password: str) -> str:
    with passwords.place():
        return make_password(password)
