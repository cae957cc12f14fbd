"""The edge: turns what went wrong into an answer for a person, in words, and keeps refusals on the record.

This is one of the few places where a broad exception is caught. 'Absent' and 'not yours' give the same bytes.
"""

import logging
import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.actors import Actor
from ledger.services import record, record_refusal, record_stranger
from live.refusals import DatabaseAway, NotFound, Refusal, is_database_away
from vault.errors import VaultError

logger = logging.getLogger("readback.edge")

# By the first word of Django's reason: where the form came from, or that its token was none of this session's.
_FOREIGN = {"Origin": "origin", "Referer": "referer"}
# The last resort, when even the templates cannot be drawn: no template, no database, no translation.
PLAIN_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Readback</title></head><body>'
    "<h1>{heading}</h1><p>{message}</p></body></html>"
)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller asked for JSON: an act sent by the page's own script, or the API."""
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def answer(
    request: HttpRequest, *, status: int, code: str, message: str, fields: dict[str, str] | None = None
) -> HttpResponse:
    """The page, or the JSON object, that says what happened and what to do next.

    The page says nothing of the path that was asked for, so that two refusals of one kind are the same bytes.
    """
    if wants_json(request):
        body: dict[str, object] = {"ok": False, "code": code, "message": message}
        if fields:
            body["fields"] = fields
        return JsonResponse(body, status=status)
    context = {"heading": _heading(status), "message": message, "fields": fields or {}, "status": status}
    try:
        page = str(render_to_string("errors/error.html", context, request))
    except Exception as exc:
        logger.error("page.undrawn", extra={"cause": type(exc).__name__})
        page = PLAIN_PAGE.format(heading=context["heading"], message=message)
    return HttpResponse(page, status=status)


def _heading(status: int) -> str:
    words = {
        400: _("That request could not be read"),
        401: _("Sign in first"),
        403: _("Not for your role"),
        404: _("Nothing here"),
        405: _("That cannot be done here"),
        409: _("That was not done"),
        413: _("Too large"),
        422: _("That needs another look"),
        429: _("Too many tries"),
        503: _("Not available right now"),
    }
    return words.get(status, _("Something went wrong"))


class RefusalMiddleware:
    """Answers a Refusal that an act raised; by then its transaction has been rolled back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            return _not_allowed(request, response["Allow"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to a refusal or to a value that did not open; None leaves the rest to Django's handlers below."""
        if isinstance(exception, VaultError):
            return _vault_failed(request, exception)
        if not isinstance(exception, Refusal):
            return _database_away(request, exception) if is_database_away(exception) else None
        _record_refusal(request, exception)
        return answer(
            request,
            status=exception.status,
            code=exception.code,
            message=_(exception.message),
            fields=getattr(exception, "fields", None),
        )


def _not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """405 in words; Django's own has none."""
    message = _("This address does not take that kind of request. Go back to your patients and choose again.")
    response = answer(request, status=405, code="not_allowed", message=message)
    response["Allow"] = allowed
    return response


def _record_refusal(request: HttpRequest, refusal: Refusal) -> None:
    """Puts the refusal on the record, after the act's rollback. The person gets their answer even if that fails."""
    actor: Actor | None = getattr(request, "actor", None)
    try:
        with transaction.atomic():
            record_refusal(refusal, agent=actor.agent if actor else None)
    except DatabaseError as exc:
        logger.error("refusal.unrecorded", extra={"code": refusal.code, "cause": type(exc).__name__})


def _record_foreign_form(request: HttpRequest, code: str) -> None:
    actor: Actor | None = getattr(request, "actor", None)
    try:
        with transaction.atomic():
            if actor is None:
                record_stranger("form.refused", reason=code)
            else:
                record("form.refused", agent=actor.agent, outcome="refused", reason=code)
    except DatabaseError as exc:
        logger.error("refusal.unrecorded", extra={"code": code, "cause": type(exc).__name__})


def _database_away(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503: the act was rolled back, and the page's script keeps what was typed and sends it again."""
    logger.error("database.away", extra={"cause": type(error).__name__})
    away = DatabaseAway
    response = answer(request, status=away.status, code=away.code, message=_(away.message))
    response["Retry-After"] = str(away.retry_after)
    return response


def _vault_failed(request: HttpRequest, error: VaultError) -> HttpResponse:
    """500 with the same words for every way to fail; the vault has put `vault.failed` on the record by itself."""
    logger.error("page.unsealed", extra={"code": error.code, "request_id": getattr(request, "request_id", "")})
    message = _(
        "A sealed value could not be opened, so this page shows nothing. It may have been changed in the database, or "
        "its key is missing. Nothing was saved. Call the desk that runs this; the failure is on the record."
    )
    return answer(request, status=500, code="vault_failed", message=message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, for what cannot be read at all; 413 for what is too large to be."""
    if isinstance(exception, RequestDataTooBig):
        words = _("That is too large to be taken. Send less at once.")
        return answer(request, status=413, code="too_large", message=words)
    return answer(request, status=400, code="bad_request", message=_("Go back, reload the page and try again."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, which is also what a form without a good token gets."""
    return answer(request, status=403, code="denied", message=_("Your role may not do this. Ask a colleague who may."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same bytes as for a thing that is there but is not this person's."""
    return answer(request, status=404, code=NotFound.code, message=_(NotFound.message))


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Whatever was being done was not done: its transaction was rolled back.

    503 where it was the database: what fails before and after the view, a session that cannot be read or kept, comes
    to no middleware, and Django calls this while it handles the error.
    """
    error = sys.exception()
    if error is not None and is_database_away(error):
        return _database_away(request, error)
    message = _(
        "The fault is ours, and nothing was saved. Try again; if it happens again, call the desk that runs this."
    )
    return answer(request, status=500, code="server_error", message=message)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old: usually a page that was open while somebody else signed in.

    On record, because it may be another site's form that came along with somebody's cookie.
    """
    _record_foreign_form(request, _FOREIGN.get(reason.partition(" ")[0], "token"))
    message = _("This page was opened before you signed in, or by somebody else. Reload it and try again.")
    return answer(request, status=403, code="stale_page", message=message)
