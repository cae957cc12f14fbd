"""How a view reads the key of an act, and answers when it is done: JSON for a script, a redirect without one."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from live.refusals import Invalid

FRONT = "/"


class SeeOther(HttpResponseRedirect):
    """303: the form was taken, the page to see now is another."""

    status_code = 303


def posted_key(request: HttpRequest) -> UUID:
    """The idempotency key of the posted form. Raises Invalid when there is none, or it is no UUID."""
    try:
        return UUID(str(request.POST.get("key", "")))
    except ValueError as exc:
        raise Invalid(_("This form has lost its key. Reload the page and send it again."), code="no_key") from exc


def typed_words(request: HttpRequest, name: str, *, most: int) -> str:
    """What was typed into a field of `most` characters. A browser counts the end of a line as one and sends two."""
    return str(request.POST.get(name, "")).replace("\r\n", "\n")[:most]


def uuid_or_none(value: str) -> UUID | None:
    """The id in `value`, or None for an empty or a broken one."""
    try:
        return UUID(value)
    except ValueError:
        return None


def wanted_page(request: HttpRequest, *, otherwise: str = FRONT) -> str:
    """The page to go on to: one of our own, or `otherwise`. An address of elsewhere would make us somebody's bait."""
    wanted = request.POST.get("next") or request.GET.get("next") or otherwise
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else otherwise


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of the page sent the form, and goes on by itself."""
    return "application/json" in request.headers.get("Accept", "")


def done(request: HttpRequest, to: str, **more: Any) -> HttpResponse:
    """After an act: where to go. `more` goes into the JSON, for a script that stays on the page."""
    if wants_json(request):
        return JsonResponse({"ok": True, "location": to, **more})
    return SeeOther(to)
