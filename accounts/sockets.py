"""Who is at the other end of a socket: the same cookie and row as for a page. Told to live/ when the app starts."""

from collections.abc import Mapping
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts import policy
from accounts.actors import Actor
from accounts.sessions import actor_of, find_session, session_of, why_over
from ledger.services import record_refusal
from live.door import Connected
from live.refusals import NotFound, Refusal


def authenticate_socket(scope: Mapping[str, Any]) -> Connected | None:
    """The person, session and device of the socket's cookie; None when nobody is signed in with it."""
    session_key = _cookie(scope)
    found = find_session(session_key, at=timezone.now()) if session_key else None
    if found is None or found.over:
        return None
    return Connected(person_id=found.session.person_id, session_id=found.session.pk, device=found.session.device)


def usher_in(connected: Connected) -> Connected | None:
    """The same with who acts, the person and their session as they are now; None when the session is over."""
    session = session_of(connected.session_id)
    if session is None or why_over(session, timezone.now()):
        return None
    return replace(connected, who=actor_of(session))


def actor_for(connected: Connected) -> Actor:
    """The person at the other end of a socket as the one who acts, from the unit their session works in now.

    Raises NotFound when the session's row is gone.
    """
    if isinstance(connected.who, Actor):
        return connected.who
    session = session_of(connected.session_id)
    if session is None:
        raise NotFound(code="no_session")
    return actor_of(session)


def require_policy(connected: Connected, act: str) -> None:
    """Raises what accounts/policy.py says to the person's role for this act by socket."""
    policy.require(actor_for(connected).person.role, act)


def record_socket_refusal(refusal: Refusal, connected: Connected) -> None:
    """A refused act by socket is on the record like one by HTTP, with the person's role and unit."""
    record_refusal(refusal, agent=actor_for(connected).agent)


def _cookie(scope: Mapping[str, Any]) -> str:
    for name, value in scope.get("headers", []):
        if name == b"cookie":
            try:
                morsel = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                return ""
            return morsel.value if morsel else ""
    return ""
