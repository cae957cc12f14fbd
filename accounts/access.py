"""What a view asks of the person before it does anything: that there is one, and that their role fits.

Which patient they may see is not decided here but in handover/patients/access.py, by a care relationship.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import policy
from accounts.actors import Actor
from accounts.models import DeviceSession

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request behind @signed_in: somebody acts. (A type for views; at run time it is Django's own request.)"""

    actor: Actor
    device_session: DeviceSession
    request_id: str


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
SignedInView = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def signed_in(view: SignedInView[P]) -> View[P]:
    """The view, for signed-in people whose role may do this: accounts/policy.py has a row for each address.

    Where nobody is signed in, a page sends them to sign in, and a fragment or JSON answers 401.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = actor_or_none(request)
        if actor is None:
            return unauthenticated(request)
        require_policy(request, actor)
        return view(cast(SignedInRequest, request), *args, **kwargs)

    return wrapped


def require_policy(request: HttpRequest, actor: Actor) -> None:
    """Raises what accounts/policy.py says to this person's role for the address that was asked for."""
    match = request.resolver_match
    name = match.view_name if match else ""
    patient_id = match.kwargs.get("patient_id") if match else None
    policy.require(actor.person.role, name, patient_id=patient_id if isinstance(patient_id, UUID) else None)


class PendingRequest(HttpRequest):
    """A request behind @pending: somebody knows a password and has yet to show a factor."""

    pending_session: DeviceSession
    request_id: str


PendingView = Callable[Concatenate[PendingRequest, P], HttpResponseBase]


def pending(view: PendingView[P]) -> View[P]:
    """The view, for whoever has yet to show a factor: others are sent to sign in, or on when they have done so."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if actor_or_none(request) is not None:
            return HttpResponseRedirect("/")
        if pending_or_none(request) is None:
            return unauthenticated(request)
        return view(cast(PendingRequest, request), *args, **kwargs)

    return wrapped


def actor_or_none(request: HttpRequest) -> Actor | None:
    """The person who acts in this request, if somebody is signed in."""
    return getattr(request, "actor", None)


def pending_or_none(request: HttpRequest) -> DeviceSession | None:
    """The session in which a factor is still to be shown, if there is one."""
    return getattr(request, "pending_session", None)


def unauthenticated(request: HttpRequest) -> HttpResponse:
    """Where somebody goes who is not signed in, or not yet. The address they wanted is kept only when it was a page."""
    is_pending = pending_or_none(request) is not None
    if wants_data(request):
        words = (
            _("Show your second factor to go on.") if is_pending else _("You are signed out. Sign in again to go on.")
        )
        return JsonResponse({"message": words}, status=401)
    target = reverse("factors:second" if is_pending else "accounts:sign_in")
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    return HttpResponseRedirect(f"{target}?{urlencode({'next': wanted})}" if wanted else target)


def wants_data(request: HttpRequest) -> bool:
    """True when the answer goes to a script: a fragment (last part of the path starts with _), or JSON."""
    last = request.path.rstrip("/").rsplit("/", 1)[-1]
    return (
        last.startswith("_")
        or request.path.startswith("/api/")
        or "application/json" in request.headers.get("Accept", "")
        or "X-Readback-Fragment" in request.headers
    )
