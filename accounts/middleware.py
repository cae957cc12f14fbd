"""Who acts: from the cookie to a live DeviceSession, or nobody.

Two queries a request (the cookie's session, the device's session with its person). A cookie whose DeviceSession has
ended, or never was, is signed out here, whatever Django's own session says.
"""

import logging
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.access import unauthenticated
from accounts.models import DeviceSession
from accounts.sessions import PENDING, actor_of, end_session, find_session, touch
from ledger.services import record_stranger
from live.acting import acting_for

logger = logging.getLogger("readback.edge")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What a page does by itself (a fragment fetched again, a count) is no sign that somebody is there.
BACKGROUND_HEADER = "X-Readback-Background"


class ActorMiddleware:
    """Sets request.actor (Actor or None) and request.device_session.

    While a factor is still to be shown both are None, as for a stranger, and request.pending_session is the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = getattr(request, "request_id", "") or uuid4().hex  # type: ignore[attr-defined]
        request.actor = None  # type: ignore[attr-defined]
        request.device_session = None  # type: ignore[attr-defined]
        request.pending_session = None  # type: ignore[attr-defined]
        was_signed_in = SESSION_KEY in request.session
        session = self._live_session(request)
        if session is not None:
            request.device_session = session  # type: ignore[attr-defined]
            request.actor = actor_of(session, request_id=request.request_id)  # type: ignore[attr-defined]
            request._cached_user = session.person  # type: ignore[attr-defined]  # spares Django its own query
        else:
            request._cached_user = AnonymousUser()  # type: ignore[attr-defined]
            is_pending = request.pending_session is not None  # type: ignore[attr-defined]
            if was_signed_in and not is_pending and request.method not in SAFE_METHODS:
                # The form's token went with the session: "sign in again" is the answer, and not "a stale page".
                return unauthenticated(request)
        with acting_for(session.person_id if session else None):
            return self.get_response(request)

    def _live_session(self, request: HttpRequest) -> DeviceSession | None:
        if not request.session.session_key or SESSION_KEY not in request.session:
            if request.session.session_key is None and request.COOKIES.get(settings.SESSION_COOKIE_NAME):
                _record_unknown()
            return None
        now = timezone.now()
        found = find_session(request.session.session_key, at=now)
        over = _why_not_theirs(request, found.session) or found.over if found else "unknown"
        if over == PENDING and found:
            request.pending_session = found.session  # type: ignore[attr-defined]
            return None
        if not over and found:
            if BACKGROUND_HEADER not in request.headers:
                touch(found.session, at=now)
            return found.session
        if found and found.session.ended is None:
            end_session(found.session.pk, reason=over, agent=actor_of(found.session).agent)
        logout(request)
        return None


def _record_unknown() -> None:
    """A cookie that is nobody's: changed, made up, or of a session that is long over. It goes with the answer."""
    try:
        with transaction.atomic():
            record_stranger("session.refused", reason="unknown_cookie")
    except DatabaseError as exc:
        logger.error("refusal.unrecorded", extra={"code": "unknown_cookie", "cause": type(exc).__name__})


def _why_not_theirs(request: HttpRequest, session: DeviceSession) -> str:
    """Empty when the cookie speaks for this session's person with the password they have now."""
    if request.session[SESSION_KEY] != str(session.person_id):
        return "other_person"
    stamp = request.session.get(HASH_SESSION_KEY, "")
    return "" if constant_time_compare(stamp, session.person.get_session_auth_hash()) else "password_changed"
