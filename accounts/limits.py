"""How long a session may lie untouched, by the kind of its device, and how long it lasts.

Source: PROTECTION.md 5.2 (15 minutes on one's own device, 5 on a shared phone, 10 at a
console, 12 hours at most).
"""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import DeviceSession, Kind, Role


def idle_limit(kind: str) -> timedelta:
    """How long a session of this kind lives on when nobody touches its device."""
    if kind == Kind.SHARED:
        return settings.SESSION_IDLE_SHARED
    if kind == Kind.CONSOLE:
        return settings.SESSION_IDLE_CONSOLE
    return settings.SESSION_IDLE


def kind_for(role: str, *, is_shared: bool) -> Kind:
    """The kind of a new session: a shared phone is one whoever holds it, and a call agent sits at a console."""
    if is_shared:
        return Kind.SHARED
    return Kind.CONSOLE if role == Role.CALL_AGENT else Kind.PERSONAL


def absolute_end(session: DeviceSession) -> datetime:
    """When the session ends however busy it is (aware UTC)."""
    latest = session.started + settings.SESSION_ABSOLUTE
    return min(latest, session.until) if session.until else latest


def idle_end(session: DeviceSession) -> datetime:
    """When the session ends if nobody touches its device again (aware UTC)."""
    return min(session.last_seen + idle_limit(session.kind), absolute_end(session))
