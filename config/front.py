"""The front page of each role: where the work is that they came for."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.access import actor_or_none
from accounts.models import DeviceSession, Role
from accounts.views.phone import ASKED

_FRONT_OF = {
    Role.NURSE: "/patients/",
    Role.PHYSICIAN: "/patients/",
    Role.COMPLIANCE_OFFICER: "/audit/",
    Role.ADMINISTRATOR: "/people/",
}


def front(request: HttpRequest) -> HttpResponse:
    """To the person's own front page; to the sign-in where nobody is signed in."""
    actor = actor_or_none(request)
    if actor is None:
        return HttpResponseRedirect("/sign-in/")
    if _lacks_pin(request):
        return HttpResponseRedirect(reverse("accounts:choose_pin"))
    return HttpResponseRedirect(_FRONT_OF.get(Role(actor.person.role), "/directory/"))


def _lacks_pin(request: HttpRequest) -> bool:
    """Whether somebody has just signed in fully on a shared phone, and was not yet asked for a PIN."""
    session: DeviceSession = request.device_session  # type: ignore[attr-defined]
    return session.phone_id is not None and session.until is None and ASKED not in request.session
