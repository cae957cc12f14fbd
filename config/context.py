"""What every page is told: whose page it is, where they can go from here, and how the ward looks at night.

No query: the middleware has loaded the session with its person and unit, and what counts is fetched by the page itself.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.limits import idle_limit
from accounts.models import DeviceSession, Person, Role, Unit

THEME_COOKIE = "readback_theme"
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Me:
    """The person in the bar: never a name without role, and the unit they work in on this device."""

    person: Person
    unit: Unit | None
    session: DeviceSession

    @property
    def role(self) -> str:
        return self.person.get_role_display()


@dataclass(frozen=True)
class Way:
    """One entry of the navigation."""

    name: str
    url: str
    label: str
    icon: str
    is_here: bool
    # Shown on a desk's rail; a phone's foot has room for five, and finds these on the page 'Me'.
    is_minor: bool = False


def page(request: HttpRequest) -> dict[str, Any]:
    """The context of base.html."""
    session: DeviceSession | None = getattr(request, "device_session", None)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    me = Me(session.person, session.unit, session) if session else None
    return {
        "demonstration": settings.DEMONSTRATION,
        "theme": theme if theme in THEMES else "",
        "idle_seconds": int(idle_limit(session.kind).total_seconds()) if session else 0,
        "me": me,
        "ways": _ways(request, me) if me else [],
    }


def _ways(request: HttpRequest, me: Me) -> list[Way]:
    """Where this role goes. A room that is not installed has no address, and so no entry."""
    role, unit = me.person.role, me.unit
    rows: list[tuple[str, list[Any], str, str]] = []
    minor: list[tuple[str, list[Any], str, str]] = []
    if me.person.is_clinician:
        rows.append(("patients:list", [], _("My patients"), "users"))
        rows.append(("transfers:inbox", [], _("Inbox"), "inbox"))
        if unit is not None:
            rows.append(("transfers:board", [unit.pk], _("Transfers"), "arrow-right-left"))
        minor.append(("messaging:threads", [], _("Messages"), "message-square"))
        minor.append(("duty:own", [], _("Duty"), "calendar-clock"))
        minor.append(("interop:import", [], _("Import"), "upload"))
    if role == Role.CALL_AGENT:
        rows.append(("patients:card", [], _("Caller's patient"), "phone"))
        rows.append(("scripts:list", [], _("Words"), "message-square-quote"))
    if role == Role.COMPLIANCE_OFFICER:
        rows.append(("audit:events", [], _("Record"), "shield-check"))
    if role == Role.ADMINISTRATOR:
        rows.append(("people:list", [], _("People"), "users"))
        rows.append(("factors:resets", [], _("Lost factors"), "key-round"))
        rows.append(("reach:status", [], _("Channels"), "radio"))
        minor.append(("scripts:kept", [], _("Words for callers"), "message-square-quote"))
    minor.append(("push:own", [], _("How I am reached"), "bell-ring"))
    rows.append(("accounts:directory", [], _("Directory"), "contact"))
    rows.append(("accounts:me", [], _("Me"), "user-round"))
    found = [_way(request, *row, is_minor=row in minor) for row in (*rows, *minor)]
    ways = [way for way in found if way]
    # The nearest of them only, where one lies below another.
    here = max((way.url for way in ways if way.is_here), key=len, default="")
    return [replace(way, is_here=way.url == here) for way in ways]


def _way(  # noqa: PLR0913 -- one entry is what it says and where it leads
    request: HttpRequest, name: str, args: list[Any], label: str, icon: str, *, is_minor: bool
) -> Way | None:
    try:
        url = reverse(name, args=args)
    except NoReverseMatch:
        return None
    return Way(name.replace(":", "-"), url, label, icon, is_here=request.path.startswith(url), is_minor=is_minor)
