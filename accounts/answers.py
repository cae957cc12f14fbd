"""How a view reads the key of an act, and answers when it is done: JSON for a script, a redirect without one."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from live.refusals import Invalid


class SeeOther(HttpResponseRedirect):
    """303: the form was taken, the page to see now is another."""

    status_code = 303


def posted_key(request: HttpRequest) -> UUID:
    """The idempotency key of the posted form. Raises Invalid when there is none, or it is no UUID."""
    try:
        return UUID(str(request.POST.get("key", "")))
    except ValueError as exc:
        raise Invalid(_("This form has lost its key. Reload the page and send it again."), code="no_key") from exc


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of the page sent the form, and goes on by itself."""
    return "application/json" in request.headers.get("Accept", "")


def done(request: HttpRequest, to: str, **more: Any) -> HttpResponse:
    """After an act: where to go. `more` goes into the JSON, for a script that stays on the page."""
    if wants_json(request):
        return JsonResponse({"ok": True, "location": to, **more})
    return SeeOther(to)
