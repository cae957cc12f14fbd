"""The acts of signing in by the provider: beginning, coming back, linking, and the provider's word that it is over.

Nobody is created by a sign-in: the provider vouches for people, the hospital decides who works with Readback.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import phones
from accounts.actors import PURPOSE
from accounts.models import DeviceSession, Factor, Person, PhoneShift
from accounts.sessions import end_session, key_digest, start_session
from accounts.sso.models import Attempt, Identity, ProviderSession, TakenLogout
from accounts.sso.provider import provider
from accounts.sso.refusals import LogoutRefused, NobodyHere, SignInRefused
from accounts.sso.tokens import LoggedOut, Vouched, logged_out_by, vouched_by
from ledger.agents import Agent, Entity
from ledger.services import record

# As long as a sign-in at the provider may take, a second factor and a forgotten phone included.
ATTEMPT_LASTS = timedelta(minutes=10)
# Longer than a logout token is believed (tokens.LOGOUT_SECONDS), so that none can come again.
TAKEN_KEPT = timedelta(hours=1)
OVER_THERE = "provider_signed_out"
SECRET_BYTES = 32
VERIFIER_BYTES = 48


@dataclass(frozen=True)
class Taken:
    """What an attempt knew: taken out of the table, it is nobody else's any more."""

    nonce: str
    verifier: str
    wanted: str
    asked: datetime


def begin(*, session_key: str, wanted: str, prompt: str) -> str:
    """The provider's address to send this browser to; `prompt` is what it is asked to do. Raises ProviderAway.

    State and nonce are 256 random bits each. The attempt belongs to the browser of `session_key` and lasts ten minutes.
    """
    state, nonce = secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    verifier = secrets.token_urlsafe(VERIFIER_BYTES)
    address = provider().sign_in_address(state=state, nonce=nonce, verifier=verifier, prompt=prompt)
    now = timezone.now()
    with transaction.atomic():
        Attempt.objects.filter(started__lte=now - ATTEMPT_LASTS).delete()
        Attempt.objects.create(
            state_digest=_digest(state),
            browser_digest=key_digest(session_key),
            nonce=nonce,
            verifier=verifier,
            wanted=wanted,
            started=now,
        )
    return address


@transaction.atomic
def take_attempt(*, state: str, session_key: str) -> Taken:
    """The attempt of this state and browser, which is gone with that. Raises SignInRefused when there is none.

    Taken before anything is asked of the provider: of two answers to one attempt, one comes too late.
    """
    since = timezone.now() - ATTEMPT_LASTS
    own = Attempt.objects.filter(state_digest=_digest(state), browser_digest=key_digest(session_key), started__gt=since)
    attempt = own.select_for_update().first()
    if attempt is None:
        raise SignInRefused(code="state", act="session.started")
    attempt.delete()
    return Taken(attempt.nonce, attempt.verifier, attempt.wanted, attempt.started)


def come_back(request: HttpRequest, taken: Taken, *, code: str, device: str) -> DeviceSession:
    """The session of whom the provider vouches for; pending unless they showed two factors there.

    It is fresh (accounts/stepup.py) for as long as the sign-in at the provider is: by a session that the provider had
    already they are signed in, and no more. Raises SignInRefused, NobodyHere or ProviderAway.
    """
    idp = provider()
    answer = idp.exchange(code, verifier=taken.verifier)
    now = timezone.now()
    vouched = vouched_by(idp, answer, nonce=taken.nonce, asked=taken.asked, at=now)
    # Where the provider says nothing of when, it was not just now.
    shown = vouched.shown or now - settings.STEP_UP_WITHIN
    with transaction.atomic():
        person = person_of(vouched)
        factor = Factor.SSO if vouched.has_two_factors else ""
        session = start_session(request, person, device=device, factor=factor, shown=shown)
        ProviderSession.objects.create(
            device_session=session, issuer=settings.OIDC_ISSUER, subject=vouched.subject, sid=vouched.sid
        )
    return session


def person_of(vouched: Vouched) -> Person:
    """The active person of this subject. Raises NobodyHere, in the same words whether there is none or they have left.

    Where OIDC_LINK_BY_EMAIL is set, a subject that nobody is yet becomes the person of the address that the provider
    has verified, unless they have a subject already, or a role that no directory gives. Source: docs/decisions/0055.
    """
    known = Identity.objects.filter(issuer=settings.OIDC_ISSUER, subject=vouched.subject).select_related("person")
    identity = known.first()
    if identity is None and settings.OIDC_LINK_BY_EMAIL and vouched.email:
        identity = _linked_by_address(vouched)
    if identity is None:
        raise NobodyHere(code="sso_unlinked", act="session.started")
    if not identity.person.is_active:
        raise NobodyHere(code="sso_inactive", act="session.started", subject_id=identity.person_id)
    return identity.person


@transaction.atomic
def link(person: Person, *, subject: str, agent: Agent | None, reason: str) -> Identity:
    """The provider's account `subject` is this person from now on, in place of what was linked before.

    Raises IntegrityError when it is somebody else's. `reason` is a code: who or what said so.
    """
    Identity.objects.filter(person=person, issuer=settings.OIDC_ISSUER).delete()
    identity = Identity.objects.create(person=person, issuer=settings.OIDC_ISSUER, subject=subject)
    record("person.linked", agent=agent, entity=Entity("person", person.pk), reason=reason, purpose=PURPOSE)
    return identity


@transaction.atomic
def provider_logged_out(raw: str) -> int:
    """How many sessions have ended by the provider's logout token. Their sockets close when this commits.

    A shift on a shared phone ends with the sign-in that began it, also where that session was locked long ago: its PIN
    opens nothing any more, and a session that the PIN opened has ended too.
    Raises LogoutRefused for a token that is not the provider's word, or that was taken before.
    """
    now = timezone.now()
    said = logged_out_by(provider(), raw, at=now)
    TakenLogout.objects.filter(taken__lte=now - TAKEN_KEPT).delete()
    try:
        with transaction.atomic():
            TakenLogout.objects.create(jti_digest=_digest(said.jti), taken=now)
    except IntegrityError as exc:
        raise LogoutRefused(code="jti", act="session.ended") from exc
    begun = _sessions_of(said).values("device_session_id")
    # First the shifts: a PIN that is being judged holds its shift, and the session that it opens is then found below.
    shifts = list(PhoneShift.objects.filter(begun_by__in=begun, ended__isnull=True))
    for shift in shifts:
        phones.close_shift(shift, reason=OVER_THERE, agent=None)
    theirs = DeviceSession.objects.filter(Q(pk__in=begun) | _in_any_of(shifts), ended__isnull=True)
    ids = list(theirs.order_by("pk").values_list("pk", flat=True))
    for session_id in ids:
        end_session(session_id, reason=OVER_THERE, agent=None)
    return len(ids)


def _sessions_of(said: LoggedOut) -> QuerySet[ProviderSession]:
    rows = ProviderSession.objects.filter(issuer=settings.OIDC_ISSUER)
    if said.subject:
        rows = rows.filter(subject=said.subject)
    return rows.filter(sid=said.sid) if said.sid else rows


def _in_any_of(shifts: Sequence[PhoneShift]) -> Q:
    """The sessions of these shifts: a person's on a phone, where a full sign-in would have begun another shift."""
    found = Q(pk__in=[])
    for shift in shifts:
        found |= Q(person_id=shift.person_id, phone_id=shift.phone_id)
    return found


def _linked_by_address(vouched: Vouched) -> Identity | None:
    # Who gives access, and who reads the record, is linked by hand: an address is changed too easily for that.
    of_address = Person.objects.filter(email=vouched.email, is_active=True, role__in=settings.SCIM_ROLES)
    person = of_address.select_for_update().first()
    if person is None or Identity.objects.filter(person=person, issuer=settings.OIDC_ISSUER).exists():
        return None
    return link(person, subject=vouched.subject, agent=None, reason="verified_address")


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
