"""The JSON API under /api/v1/: every room's router, one OpenAPI document, one page that explains it."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from accounts import api as accounts
from accounts.access import SignedInRequest, signed_in
from accounts.apiparts import SignedIn
from handover.patients import api as patients
from handover.transfers import api as transfers

# Objects and lists in one another: more than any document of ours has.
DEEPEST = 16


class TooDeep(ValueError):
    """A body that only something broken, or hostile, nests like this."""


class ShallowJson(Parser):
    """Reads a body that is JSON of a sane depth."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value. Raises ValueError, from which ninja makes an HttpError."""
        try:
            told = json.loads(request.body)
        except RecursionError as exc:
            raise TooDeep from exc
        if _is_deeper_than(told, DEEPEST):
            raise TooDeep
        return told


def _is_deeper_than(value: object, depth: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inside is not None and (depth == 0 or any(_is_deeper_than(part, depth - 1) for part in inside))


api = NinjaAPI(
    title="Readback",
    version="1",
    description="Clinical handover that is read back before the patient leaves. The same acts and reads as the pages.",
    auth=SignedIn(),
    parser=ShallowJson(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
api.add_router("", accounts.router)
api.add_router("", patients.router)
api.add_router("", transfers.handovers.router)
api.add_router("", transfers.moves.router)


def _problem(status: int, code: str, message: str, fields: dict[str, str] | None = None) -> HttpResponse:
    return JsonResponse({"ok": False, "code": code, "message": message, "fields": fields or {}}, status=status)


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, exc: ValidationError) -> HttpResponse:
    """What the shape of a call refuses: never its values, which may be a patient's."""
    fields = {".".join(str(part) for part in one["loc"] if part != "body"): str(one["msg"]) for one in exc.errors}
    return _problem(422, "invalid", _("The call does not have the shape that the document gives."), fields)


@api.exception_handler(AuthenticationError)
def _signed_out(_request: HttpRequest, _exc: AuthenticationError) -> HttpResponse:
    return _problem(401, "signed_out", _("You are signed out. Sign in again to go on."))


@api.exception_handler(HttpError)
def _http_error(_request: HttpRequest, exc: HttpError) -> HttpResponse:
    """A body that cannot be read, which is all that ninja says by itself."""
    if isinstance(exc.__cause__, TooDeep):
        words = _("The call is nested more than %(deepest)s deep, which no document of ours is. Send it flatter.")
        return _problem(exc.status_code, "too_deep", words % {"deepest": DEEPEST})
    return _problem(exc.status_code, "not_json", _("The call cannot be read. Send JSON, encoded as UTF-8."))


def schema() -> dict[str, Any]:
    """The OpenAPI document."""
    return dict(api.get_openapi_schema())


@signed_in
def openapi(_request: SignedInRequest) -> HttpResponse:
    """The document as JSON, for signed-in people."""
    return JsonResponse(schema())


@signed_in
def docs(request: SignedInRequest) -> HttpResponse:
    """The operations by tag, in words. Server-rendered: no script of anybody else's."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema()["paths"].items():
        for method, operation in methods.items():
            # The parts stand apart, so that a long path can break where a line ends.
            parts = path.strip("/").split("/")
            known = {"method": method.upper(), "parts": parts, "summary": operation.get("summary", "")}
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(known)
    return render(request, "api/docs.html", {"groups": groups})
