"""What every room's JSON API shares: who acts, the idempotency key, and the shape of a no.

The API is the pages' own services and selectors, with JSON around them. It is signed in to by the same session; a call
that changes something sends the token of GET /api/v1/session in X-CSRFToken, and its own key in Idempotency-Key.
"""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Header
from ninja.security import APIKeyCookie
from pydantic import BaseModel, ConfigDict

from accounts.access import actor_or_none, require_policy
from accounts.actors import Actor


class View(BaseModel):
    """A JSON object of the API, drawn from what a selector gives."""

    model_config = ConfigDict(from_attributes=True)


class NotDone(View):
    """Why something was not done: `message` is for a person, `code` for a program, `fields` for a form."""

    # Not "Problem", as a clinical document is named: the OpenAPI document knows one shape by each name.
    ok: bool = False
    code: str
    message: str
    fields: dict[str, str] = {}


# Every operation can say these. 'Absent' and 'not yours' are both 404.
PROBLEMS: dict[Any, Any] = {frozenset({400, 401, 403, 404, 409, 413, 422, 503}): NotDone}


def answers(shape: Any, status: int = 200) -> dict[Any, Any]:
    """The declared answers of an operation: its own, and the problems."""
    return {status: shape, **PROBLEMS}


class SignedIn(APIKeyCookie):
    """The session of the pages. Django's CSRF check applies to every unsafe method."""

    param_name = "readback"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """The actor that the middleware found for the cookie, or None. Raises what their role is refused with."""
        actor = actor_or_none(request)
        if actor is not None:
            require_policy(request, actor)
        return actor


ActKey = Annotated[
    UUID, Header(alias="Idempotency-Key", description="A new UUID for each act; the same for each retry.")
]


def actor_of(request: HttpRequest) -> Actor:
    """The person who acts, behind SignedIn."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


class Done(View):
    """An act was done; `id` is what it made or changed."""

    ok: bool = True
    id: UUID
