"""The acts around coming and going: an invitation is made, withdrawn, taken up; an engagement is over.

The link of an invitation is its only key: 32 random bytes, of which the database keeps a digest. It opens once, for 72
hours at most. Whoever takes it up chooses a password that nobody else has seen, and enrols a second factor when they
first sign in. docs/decisions/0063.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import passwords
from accounts.actors import PURPOSE, Actor
from accounts.leaving import has_left
from accounts.models import Membership, Person, Role, Unit
from accounts.own_password import require_good
from accounts.people.models import Engagement, Invitation
from accounts.sessions import end_sessions_of
from accounts.visible import visible
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.inbox import Announcement
from live.refusals import Conflict, Denied, Invalid, NotFound
from live.timers import set_timer

GOOD_FOR = timedelta(hours=72)
KEY_BYTES = 32
LONGEST_ENGAGEMENT = timedelta(days=366)
ENDED = "person.ended"
APPROVED = "person.invitation_approved"


@dataclass(frozen=True)
class Invited:
    """What an administrator fills in. `works_until` (aware UTC) is empty for somebody who stays."""

    email: str
    display_name: str
    role: str
    unit_id: UUID | None
    phone: str = ""
    works_until: datetime | None = None


@transaction.atomic
def invite(actor: Actor, *, key: UUID, invited: Invited) -> tuple[Invitation, str]:
    """The invitation, and the key of its link: it is shown or sent now, and is nowhere afterwards ("" on a retry).

    For a role that gives others access there is no link ("") before a second administrator approves. An administrator's
    act: raises NotFound to everybody else; Conflict for an address that somebody signs in with or is
    invited by; Invalid for a role, a unit or an end that cannot be.
    """
    _require_administrator(actor, act="person.invited")
    claim = keys.claim(key, person_id=actor.person.pk, act="person.invited")
    if claim.earlier:
        return Invitation.objects.get(pk=claim.earlier), ""
    email, now = invited.email.strip().lower(), timezone.now()
    _require_sound(invited, now=now)
    _require_unknown(email, now=now)
    token = secrets.token_urlsafe(KEY_BYTES)
    row = Invitation.objects.create(
        email=email,
        display_name=visible(invited.display_name),
        phone=invited.phone.strip(),
        role=invited.role,
        unit_id=invited.unit_id,
        works_until=invited.works_until,
        key_digest=_digest(token),
        made_by=actor.person,
        made=now,
        good_until=min(now + GOOD_FOR, invited.works_until or now + GOOD_FOR),
    )
    _record(actor, "person.invited", row, reason=invited.role)
    keys.settle(key, result_id=row.pk)
    # Its digest stays without a link until then: nobody has this key.
    return row, "" if row.needs_two else token


@transaction.atomic
def approve(actor: Actor, *, key: UUID, invitation_id: UUID) -> tuple[Invitation, str]:
    """The invitation that a second administrator approves, and the key of its link as invite() gives it.

    Raises NotFound for one that does not wait for that and to whoever is no administrator, Denied to whoever made it.
    """
    _require_administrator(actor, act=APPROVED)
    if keys.claim(key, person_id=actor.person.pk, act=APPROVED, leads_to=invitation_id).earlier:
        return Invitation.objects.get(pk=invitation_id), ""
    now = timezone.now()
    row = _usable().select_for_update(of=("self",)).filter(pk=invitation_id).first()
    if row is None or not row.waits:
        raise NotFound(act=APPROVED, subject_id=invitation_id)
    if row.made_by_id == actor.person.pk:
        raise Denied(_("A second administrator does this."), code="second_person", act=APPROVED, subject_id=row.pk)
    token = secrets.token_urlsafe(KEY_BYTES)
    row.approved_by, row.key_digest = actor.person, _digest(token)
    row.good_until = min(now + GOOD_FOR, row.works_until or now + GOOD_FOR)
    row.save(update_fields=["approved_by", "key_digest", "good_until"])
    _record(actor, APPROVED, row, reason=row.role)
    return row, token


@transaction.atomic
def withdraw(actor: Actor, *, key: UUID, invitation_id: UUID) -> None:
    """The link opens nothing any more. Raises NotFound for one that is not open, and to whoever is no administrator."""
    _require_administrator(actor, act="person.uninvited")
    if keys.claim(key, person_id=actor.person.pk, act="person.uninvited", leads_to=invitation_id).earlier:
        return
    row = _open().select_for_update().filter(pk=invitation_id).first()
    if row is None:
        raise NotFound(act="person.uninvited", subject_id=invitation_id)
    row.withdrawn = timezone.now()
    row.save(update_fields=["withdrawn"])
    _record(actor, "person.uninvited", row)


def invitation_by(token: str) -> Invitation:
    """The open invitation of this link. Raises NotFound alike for one that never was, was used, ended or withdrawn."""
    row = _usable().filter(key_digest=_digest(token)).select_related("unit").first()
    if row is None:
        raise NotFound(act="person.joined", code="no_invitation")
    return row


def join(token: str, *, password: str) -> Person:
    """The invitation is taken up: the person, with their own password and their unit. They sign in as everybody does.

    Raises NotFound as invitation_by does, Invalid for a password that is none for them, and Conflict when their address
    was given to somebody meanwhile.
    """
    row = invitation_by(token)
    newcomer = Person(email=row.email, display_name=row.display_name, role=row.role, phone=row.phone)
    require_good(newcomer, password)
    with passwords.place():
        newcomer.password = make_password(password)
    with transaction.atomic():
        # Under the lock: of two who have the link, one comes in, and the other finds nothing.
        held = _usable().select_for_update(of=("self",)).filter(pk=row.pk).first()
        if held is None:
            raise NotFound(act="person.joined", code="no_invitation")
        try:
            with transaction.atomic():
                newcomer.save(force_insert=True)
        except IntegrityError as exc:
            words = _("Somebody signs in with your address already. Call whoever invited you.")
            raise Conflict(words, code="known_email", act="person.joined", subject_id=held.pk) from exc
        _settle_in(newcomer, held)
    return newcomer


def engagement_over(person_id: UUID) -> Sequence[Announcement]:
    """They work here no longer: signed out everywhere, and no sign-in opens again. Done by a timer."""
    row = Engagement.objects.select_related("person").filter(person_id=person_id).first()
    if row is None or row.ends > timezone.now() or not row.person.is_active:
        return []
    Person.objects.filter(pk=person_id).update(is_active=False)
    record(ENDED, agent=None, entity=Entity("person", person_id), purpose=PURPOSE)
    end_sessions_of(person_id, reason="engagement_over", agent=None)
    has_left(person_id)
    return []


def _settle_in(person: Person, invitation: Invitation) -> None:
    if invitation.unit_id:
        Membership.objects.create(person=person, unit_id=invitation.unit_id)
    if invitation.works_until:
        Engagement.objects.create(person=person, ends=invitation.works_until)
        set_timer(ENDED, person.pk, after=invitation.works_until - timezone.now())
    invitation.taken, invitation.person = timezone.now(), person
    invitation.save(update_fields=["taken", "person"])
    record(
        "person.joined",
        agent=Actor(person=person).agent,
        entity=Entity("person", person.pk),
        reason=person.role,
        purpose=PURPOSE,
        detail={"invitation": str(invitation.pk)},
    )


def _require_administrator(actor: Actor, *, act: str) -> None:
    if actor.person.role != Role.ADMINISTRATOR:
        raise NotFound(act=act, code="role")


def _require_sound(invited: Invited, *, now: datetime) -> None:
    wrong = {}
    if invited.role not in Role.values:
        wrong["role"] = _("Choose a role.")
    if invited.unit_id and not Unit.objects.filter(pk=invited.unit_id).exists():
        wrong["unit"] = _("Choose a unit.")
    if invited.works_until and not now < invited.works_until <= now + LONGEST_ENGAGEMENT:
        wrong["works_until"] = _("Choose a time ahead, within a year.")
    if not visible(invited.display_name):
        wrong["display_name"] = _("Write their name, as colleagues are to read it.")
    if wrong:
        raise Invalid(fields=wrong, act="person.invited")


def _require_unknown(email: str, *, now: datetime) -> None:
    if Person.objects.filter(email=email).exists():
        raise Conflict(_("Somebody signs in with that address already."), code="known_email", act="person.invited")
    # One that nobody took up in time makes room for the next.
    _open().filter(email=email, good_until__lte=now).update(withdrawn=now)
    if _open().filter(email=email).exists():
        words = _("Somebody is invited by that address already. Withdraw that invitation first.")
        raise Conflict(words, code="invited", act="person.invited")


def _open() -> models.QuerySet[Invitation]:
    return Invitation.objects.filter(taken__isnull=True, withdrawn__isnull=True)


def _usable() -> models.QuerySet[Invitation]:
    """Those whose link opens now. What a leaver has asked in does not come in after them."""
    by_now = Q(made_by__is_active=True, made_by__role=Role.ADMINISTRATOR)
    return _open().filter(by_now, good_until__gt=timezone.now())


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _record(actor: Actor, event: str, row: Invitation, *, reason: str = "") -> None:
    record(event, agent=actor.agent, entity=Entity("invitation", row.pk), reason=reason, purpose=PURPOSE)
