"""What the views of this room share: how an act is answered, and which page a refused form is drawn on again."""

from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from live.refusals import Invalid, Refusal

INVALID_STATUS = Invalid.status


class SeeOther(HttpResponseRedirect):
    """303: the answer to an act is another page, to be fetched, so that a reload does not act again."""

    status_code = 303


def wants_json(request: HttpRequest) -> bool:
    """Whether the page's own script sent this, and follows the location by itself."""
    return "application/json" in request.headers.get("Accept", "")


def done(request: HttpRequest, location: str) -> HttpResponse:
    """The answer to an act that was done: where to go on."""
    if wants_json(request):
        return JsonResponse({"ok": True, "location": location})
    return SeeOther(location)


def done_with_handover(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Back to the handover's page."""
    return done(request, reverse("transfers:handover", args=[handover_id]))


def refused_to_script(refusal: Refusal) -> JsonResponse:
    """The refusal of a form as the page's script shows it: the words, and those of each field."""
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    body = {"ok": False, "code": refusal.code, "message": refusal.message, "fields": fields}
    return JsonResponse(body, status=refusal.status)


def second_key(key: UUID, act: str) -> UUID:
    """The key of one of several acts of one request: the same each time the same request is sent again.

    `act` holds what was said, where it may be said differently after a refusal: other words are another act.
    """
    return uuid5(NAMESPACE_URL, f"{key}/{act}")
