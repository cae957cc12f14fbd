"""A shared phone: which one this browser is on, and who has signed in on it in this shift.

The phone is known by a cookie of its own, which names no person. What a person may do with it is in accounts/shifts.py;
here are the rows alone, because a session that begins or ends (accounts/sessions.py) takes its shift with it.
"""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.actors import PURPOSE
from accounts.models import LONGEST_PHONE_SHIFT, DeviceSession, Person, PhoneShift, SharedPhone
from ledger.agents import Agent, Entity
from ledger.services import record

COOKIE_SECONDS = 400 * 24 * 3600  # as long as browsers keep any
# Ends after which the person comes back to the same phone in the same shift: they left it, and nobody threw them out.
COMES_BACK_AFTER = frozenset({"locked", "idle", "replaced"})


def phone_of(request: HttpRequest) -> SharedPhone | None:
    """The shared phone that the request comes from; None on every other device. One query where the cookie is set."""
    if not hasattr(request, "_shared_phone"):
        request._shared_phone = _phone_by(request.COOKIES.get(settings.PHONE_COOKIE_NAME, ""))  # type: ignore[attr-defined]
    return request._shared_phone  # type: ignore[attr-defined, no-any-return]


def _phone_by(token: str) -> SharedPhone | None:
    if not token:
        return None
    return SharedPhone.objects.filter(token_digest=_digest(token), ended__isnull=True).first()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def make_phone(request: HttpRequest, *, name: str, person: Person, agent: Agent | None) -> SharedPhone:
    """This device as a shared phone, a new row or the one it has. `remember` gives the browser its cookie."""
    known = phone_of(request)
    if known is not None:
        return known
    token = secrets.token_urlsafe(32)
    phone = SharedPhone.objects.create(token_digest=_digest(token), name=name[:64], marked_by=person)
    request._shared_phone, request._phone_token = phone, token  # type: ignore[attr-defined]
    record("phone.shared", agent=agent, entity=Entity("shared_phone", phone.pk), purpose=PURPOSE)
    return phone


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Sets the cookie of a phone that this request has made; nothing otherwise."""
    token = getattr(request, "_phone_token", "")
    if token:
        response.set_cookie(
            settings.PHONE_COOKIE_NAME,
            token,
            max_age=COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def open_shifts(phone: SharedPhone, *, at: datetime) -> QuerySet[PhoneShift]:
    """The shifts that run on this phone at `at` (aware UTC) of people who still work here, by name."""
    running = PhoneShift.objects.filter(phone=phone, ended__isnull=True, until__gt=at, person__is_active=True)
    return running.select_related("person").order_by("person__display_name", "pk")


def begin_shift(session: DeviceSession) -> PhoneShift | None:
    """The person's shift on this shared phone, from this full sign-in on; None on any other device.

    A shift of theirs that still runs there ends, and its PIN with it: whoever signs in fully chooses a new one. It ends
    twelve hours after the sign-in, however late the phone was marked as shared.
    """
    if session.phone_id is None:
        return None
    end_shifts(session.person_id, reason="renewed", agent=None, phone_id=session.phone_id)
    now = timezone.now()
    return PhoneShift.objects.create(
        person_id=session.person_id,
        phone_id=session.phone_id,
        begun_by=session,
        begun=now,
        until=min(now, session.started) + LONGEST_PHONE_SHIFT,
        stamp=session.person.get_session_auth_hash(),
    )


def end_shifts(
    person_id: UUID, *, reason: str, agent: Agent | None, phone_id: UUID | None = None, but_on: UUID | None = None
) -> None:
    """Ends the person's shifts: on one phone, or on all but one. Their PINs open nothing from the commit on."""
    shifts = PhoneShift.objects.filter(person_id=person_id, ended__isnull=True)
    if phone_id is not None:
        shifts = shifts.filter(phone_id=phone_id)
    for shift in shifts.exclude(phone_id=but_on) if but_on else shifts:
        close_shift(shift, reason=reason, agent=agent)


def close_shift(shift: PhoneShift, *, reason: str, agent: Agent | None) -> None:
    """Ends this shift once, and records it."""
    if PhoneShift.objects.filter(pk=shift.pk, ended__isnull=True).update(ended=timezone.now(), end_reason=reason):
        record("phone_shift.ended", agent=agent, entity=Entity("phone_shift", shift.pk), reason=reason)
