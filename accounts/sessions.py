"""A session is a person on a device: started at sign-in, ended once, and looked up by a digest of the cookie's key.

The database row is the only truth. The cookie's key is never stored in this room: whoever reads the table cannot take
over a session with it. Two limits hold besides the end itself: one since the person last did something, by the kind of
device (accounts/limits.py), and SESSION_ABSOLUTE since sign-in.

A session that began with a password alone is pending: it is not live, and opens nothing but the pages on which a factor
is shown (accounts/factors/). `start_session` is the one place where a session begins, `verify_session` the one where it
becomes live, and each gives the browser a new key. Source: ASVS 5.0 V7.2.4.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts import phones
from accounts.actors import Actor
from accounts.addresses import client_address
from accounts.limits import absolute_end, idle_end, idle_limit, kind_for
from accounts.models import DeviceSession, Facility, Kind, Membership, Person, PhoneShift, SharedPhone, Unit
from ledger.agents import Agent, Entity
from ledger.services import record
from live import door
from live.refusals import Refusal
from live.rows import columns, made, split
from live.statements import Row, Statement

TOUCH_SECONDS = 60
# Why a session is not live while a factor is still to be shown.
PENDING = "pending"


class NotSignedIn(Refusal):
    """The session has ended while a factor was being shown."""

    status = 401
    code = "signed_out"
    message = "You are signed out. Sign in again to go on."


def key_digest(session_key: str) -> bytes:
    """SHA-256 of the cookie's key: 32 bytes."""
    return hashlib.sha256(session_key.encode()).digest()


@transaction.atomic
def start_session(
    request: HttpRequest,
    person: Person,
    *,
    device: str,
    factor: str = "",
    shown: datetime | None = None,
    shift: PhoneShift | None = None,
) -> DeviceSession:
    """The new session of `person` on this device, with a new cookie key. Whatever the old key was worth has ended.

    Without a `factor` that was shown already it is pending; `shown` is when (aware UTC), where that was not just now.
    Somebody who was signed in on the same browser is signed out by it: a shared device has one person at a time. Begun
    by whoever comes back in a `shift`, it ends with that shift, in the unit that the person worked in there before.
    """
    now, phone = timezone.now(), phones.phone_of(request)
    _end_session_of_key(request.session.session_key, at=now)
    if phone is not None:
        _end_sessions_on(phone)
    _end_overdue_sessions_of(person, at=now)
    # Django keeps the key when the same person signs in again on top of their own session.
    request.session.flush()
    login(request, person)  # a new key, always: a key that was planted before sign-in opens nothing after it
    session = DeviceSession.objects.create(
        person=person,
        key_digest=_digest_of(request),
        factor=factor,
        opened_by=factor,
        verified=(shown or now) if factor else None,
        device=(phone.name if phone else device)[:64],
        address=client_address(request) or None,
        kind=kind_for(person.role, is_shared=phone is not None),
        phone=phone,
        until=shift.until if shift else None,
        unit_id=_unit_before(shift) if shift else first_unit_of(person),
        started=now,
        last_seen=now,
    )
    started = Entity("device_session", session.pk)
    record("session.started", agent=actor_of(session).agent, entity=started, reason=factor or PENDING)
    if factor and shift is None:
        phones.begin_shift(session)
    return session


@transaction.atomic
def verify_session(request: HttpRequest, session: DeviceSession, *, factor: str) -> None:
    """The person has shown `factor` in this session: it is live, and fresh for what asks for that (accounts/stepup.py).

    The browser gets a new key, and the one before opens nothing. Raises NotSignedIn when the session has ended.
    """
    now, was_pending = timezone.now(), session.verified is None
    request.session.cycle_key()
    digest = _digest_of(request)
    shown = {"factor": factor, "verified": now, "last_seen": now, "key_digest": digest}
    if was_pending:
        shown["opened_by"] = factor
    living = DeviceSession.objects.filter(pk=session.pk, ended__isnull=True, person__is_active=True)
    if not living.update(**shown):
        raise NotSignedIn(act="session.verified", subject_id=session.pk)
    for name, value in shown.items():
        setattr(session, name, value)
    verified = Entity("device_session", session.pk)
    record("session.verified", agent=actor_of(session).agent, entity=verified, reason=factor)
    if was_pending:
        phones.begin_shift(session)


def _digest_of(request: HttpRequest) -> bytes:
    if request.session.session_key is None:
        request.session.save()
    session_key = request.session.session_key
    if session_key is None:
        raise RuntimeError("the session backend gave no key")
    return key_digest(session_key)


@transaction.atomic
def end_session(session_id: UUID, *, reason: str, agent: Agent | None) -> None:
    """Ends a session once; ending it again changes nothing. Its sockets close as soon as this commits.

    On a shared phone the shift ends with it, and the PIN, unless the person only left the phone for a while.
    """
    ended = DeviceSession.objects.filter(pk=session_id, ended__isnull=True).update(
        ended=timezone.now(), end_reason=reason
    )
    if not ended:
        return
    record("session.ended", agent=agent, entity=Entity("device_session", session_id), reason=reason)
    transaction.on_commit(lambda: door.session_ended(session_id))
    if reason not in phones.COMES_BACK_AFTER:
        session = DeviceSession.objects.get(pk=session_id)
        if session.phone_id is not None:
            phones.end_shifts(session.person_id, reason=reason, agent=agent, phone_id=session.phone_id)


@transaction.atomic
def end_sessions_of(person_id: UUID, *, reason: str, agent: Agent | None, but: UUID | None = None) -> int:
    """How many sessions of the person were ended: all, or all but one. Their sockets close after the commit.

    The PINs on shared phones end too, but for the phone of the session that is kept.
    """
    # PINs first: one that is being judged holds its shift, so that the session which it begins is among those below.
    kept = DeviceSession.objects.filter(pk=but).values_list("phone_id", flat=True).first() if but else None
    phones.end_shifts(person_id, reason=reason, agent=agent, but_on=kept)
    others = DeviceSession.objects.filter(person_id=person_id, ended__isnull=True).exclude(pk__in=[but] if but else [])
    ids = list(others.select_for_update().order_by("pk").values_list("pk", flat=True))
    for session_id in ids:
        end_session(session_id, reason=reason, agent=agent)
    return len(ids)


# live_at(), for the act that comes by socket and for the sweep.
_LIVE = Statement("""
SELECT s.id FROM accounts_devicesession s JOIN accounts_person p ON p.id = s.person_id
WHERE s.id = ANY(%(ids)s::uuid[]) AND s.ended IS NULL AND s.verified IS NOT NULL AND p.is_active
AND s.started > %(started)s::timestamptz
AND (s.until IS NULL OR s.until > %(now)s::timestamptz)
AND s.last_seen > CASE s.kind
    WHEN 'shared' THEN %(shared)s::timestamptz
    WHEN 'console' THEN %(console)s::timestamptz
    ELSE %(personal)s::timestamptz END
""")


def live_session_ids(ids: Sequence[UUID]) -> set[UUID]:
    """Those of `ids` that are still live: not ended, verified, within their limits, of somebody who works here."""
    now = timezone.now()
    idle_since = {kind.value: now - idle_limit(kind) for kind in Kind}
    rows = _LIVE.all({"ids": list(ids), "now": now, "started": now - settings.SESSION_ABSOLUTE, **idle_since})
    return {session_id for (session_id,) in rows}


def live_sessions_of(person: Person) -> list[DeviceSession]:
    """The person's live sessions, the most recently used first."""
    return list(DeviceSession.objects.filter(live_at(timezone.now()), person=person).order_by("-last_seen"))


def live_at(moment: datetime) -> Q:
    """The condition under which a DeviceSession is live at `moment` (aware UTC)."""
    is_touched = Q()
    for kind in Kind:
        is_touched |= Q(kind=kind, last_seen__gt=moment - idle_limit(kind))
    return (
        Q(
            ended__isnull=True,
            verified__isnull=False,
            person__is_active=True,
            started__gt=moment - settings.SESSION_ABSOLUTE,
        )
        & (Q(until__isnull=True) | Q(until__gt=moment))
        & is_touched
    )


@dataclass(frozen=True)
class Found:
    """What a cookie's key belongs to: a session, and why it is not live ("" when it is)."""

    session: DeviceSession
    over: str


# Each request and each act by socket begins with this: its session, the person, and the unit they work in.
_SESSION = f"""
SELECT {columns(DeviceSession, "s")}, {columns(Person, "p")}, {columns(Unit, "u")}, {columns(Facility, "f")}
FROM accounts_devicesession s
JOIN accounts_person p ON p.id = s.person_id
LEFT JOIN accounts_unit u ON u.id = s.unit_id
LEFT JOIN accounts_facility f ON f.id = u.facility_id
"""  # noqa: S608 -- the names of columns
_BY_KEY = Statement(_SESSION + "WHERE s.key_digest = %s")
_BY_ID = Statement(_SESSION + "WHERE s.id = %s")


def find_session(session_key: str, *, at: datetime) -> Found | None:
    """The session of this cookie key, live or not; None when the key was never a signed-in one."""
    session = _session(_BY_KEY.first([key_digest(session_key)]))
    return Found(session, why_over(session, at)) if session else None


def session_of(session_id: UUID) -> DeviceSession | None:
    """The session with its person, live or not; None when there is none of this id."""
    return _session(_BY_ID.first([session_id]))


def _session(found: Row | None) -> DeviceSession | None:
    if found is None:
        return None
    row, person, unit, facility = split(found, DeviceSession, Person, Unit, Facility)
    session = made(DeviceSession, row)
    session.person = made(Person, person)
    session.unit = made(Unit, unit) if unit else None
    if session.unit is not None:
        session.unit.facility = made(Facility, facility)
    return session


def touch(session: DeviceSession, *, at: datetime) -> None:
    """Notes that the person did something, at most once a minute."""
    if (at - session.last_seen).total_seconds() >= TOUCH_SECONDS:
        DeviceSession.objects.filter(pk=session.pk, ended__isnull=True).update(last_seen=at)
        session.last_seen = at


def idle_seconds_left(session: DeviceSession, *, at: datetime) -> int:
    """How long the session lives on when nobody touches its device again; 0 when it is over."""
    return max(0, int((idle_end(session) - at).total_seconds()))


def actor_of(session: DeviceSession, *, request_id: str = "") -> Actor:
    """The person of this session as the one who acts."""
    return Actor(
        person=session.person,
        session_id=session.pk,
        device=session.device,
        unit_id=session.unit_id,
        request_id=request_id,
    )


def first_unit_of(person: Person) -> UUID | None:
    """The unit a session starts in: where the person is on duty now, else the first they belong to."""
    on_duty = person.duties.at(timezone.now()).order_by("-starts").values_list("unit_id", flat=True).first()
    member = Membership.objects.filter(person=person).order_by("unit__name").values_list("unit_id", flat=True)
    return on_duty or member.first()


def why_over(session: DeviceSession, at: datetime) -> str:
    """Why the session is not live at `at`: a code for the log; empty when it is."""
    if session.ended is not None:
        return session.end_reason or "ended"
    if not session.person.is_active:
        return "inactive"
    if session.verified is None:
        return PENDING if session.started > at - settings.SECOND_FACTOR_WITHIN else "no_factor"
    if absolute_end(session) <= at:
        return "absolute_limit"
    return "idle" if idle_end(session) <= at else ""


def _end_session_of_key(session_key: str | None, *, at: datetime) -> None:
    found = find_session(session_key, at=at) if session_key else None
    if found and found.session.ended is None:
        end_session(found.session.pk, reason=found.over or "replaced", agent=actor_of(found.session).agent)


def _end_sessions_on(phone: SharedPhone) -> None:
    # Also one whose cookie this browser has lost: nobody could lock it any more.
    for session in DeviceSession.objects.filter(phone=phone, ended__isnull=True).select_related("person"):
        end_session(session.pk, reason="replaced", agent=actor_of(session).agent)


def _unit_before(shift: PhoneShift) -> UUID | None:
    """The unit that the person last worked in on this phone, while they still belong to it."""
    earlier = DeviceSession.objects.filter(person_id=shift.person_id, phone_id=shift.phone_id).order_by("-started")
    unit_id = earlier.values_list("unit_id", flat=True).first()
    own = set(Membership.objects.filter(person_id=shift.person_id).values_list("unit_id", flat=True))
    return unit_id if unit_id in own else first_unit_of(shift.person)


def _end_overdue_sessions_of(person: Person, *, at: datetime) -> None:
    # A cookie that never comes back would leave its session without an end on the record.
    for session in DeviceSession.objects.filter(person=person, ended__isnull=True).exclude(live_at(at)):
        if (why := why_over(session, at)) != PENDING:
            end_session(session.pk, reason=why, agent=None)
