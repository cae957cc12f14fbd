"""The front page of each role: where the work is that they came for."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.access import actor_or_none
from accounts.models import Role

_FRONT_OF = {
    Role.NURSE: "/patients/",
    Role.PHYSICIAN: "/patients/",
    Role.COMPLIANCE_OFFICER: "/audit/",
}


def front(request: HttpRequest) -> HttpResponse:
    """To the person's own front page; to the sign-in where nobody is signed in."""
    actor = actor_or_none(request)
    if actor is None:
        return HttpResponseRedirect("/sign-in/")
    return HttpResponseRedirect(_FRONT_OF.get(Role(actor.person.role), "/directory/"))
