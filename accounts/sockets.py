"""Who opens a socket: the same cookie and the same row as for a page, told to live/ when the app starts."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.sessions import find_session
from live.door import Connected


def authenticate_socket(scope: Mapping[str, Any]) -> Connected | None:
    """The person, session and device of the socket's cookie; None when nobody is signed in with it."""
    session_key = _cookie(scope)
    found = find_session(session_key, at=timezone.now()) if session_key else None
    if found is None or found.over:
        return None
    return Connected(person_id=found.session.person_id, session_id=found.session.pk, device=found.session.device)


def _cookie(scope: Mapping[str, Any]) -> str:
    for name, value in scope.get("headers", []):
        if name == b"cookie":
            try:
                morsel = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                return ""
            return morsel.value if morsel else ""
    return ""
