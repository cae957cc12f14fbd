"""HTTP of SCIM (RFC 7644): a bearer token instead of a cookie, SCIM's own JSON and errors, ETags."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError
from scim2_models import Context, Error, Group, PatchOp, Resource, SCIMException, ScimPolicy, User

from accounts.actors import Actor
from accounts.models import Person, Unit
from accounts.scim import services
from accounts.scim.patches import as_meant
from accounts.scim.resources import BASE, group_of, service, told, user_of, version_of
from accounts.scim.searching import listed
from accounts.scim.tokens import actor_of_token
from ledger.services import record_refusal
from live.refusals import Invalid, NotFound, Refusal

MEDIA_TYPE = "application/scim+json"
MOST_BYTES = 1024 * 1024
# What a directory sends besides what is kept here is dropped, as RFC 7644 3.3 allows.
POLICY = ScimPolicy(unknown=ScimPolicy.Unknown.ignore)

Answer = Callable[..., HttpResponse]


class Stale(Refusal):
    """If-Match named another version than the present one."""

    status = 412
    code = "stale"
    message = "This has changed since it was read. Read it again."


def scim(view: Answer) -> Answer:
    """The view for a directory: who acts comes from its token, and what goes wrong is answered as SCIM says."""

    @csrf_exempt  # A browser cannot be made to send this: there is no cookie, the token stands in a header.
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            actor = actor_of_token(request)
        except Refusal as refusal:
            return _refused(None, refusal)
        try:
            with transaction.atomic():
                return view(request, actor, *args, **kwargs)
        except SCIMException as exc:
            return _error(exc.status, exc.detail, exc.scim_type)
        except ValidationError as exc:
            first = Error.from_validation_errors(exc)[0]
            return _error(first.status or 400, first.detail or "", first.scim_type or "")
        except (ValueError, RecursionError):
            return _error(400, "This could not be read.", "invalidSyntax")
        except Refusal as refusal:
            return _refused(actor, refusal)

    return wrapped


@scim
def users(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET: the people, filtered and in pages. POST: a new one."""
    if request.method == "GET":
        return _answer(listed(request.GET, User, _people(), user_of))
    if request.method != "POST":
        return _not_allowed("GET", "POST")
    wanted: User[Any] = User.model_validate(
        _body(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST, scim_policy=POLICY
    )
    person = services.create_user(actor, wanted)
    said = told(user_of(_person(person.pk)), Context.RESOURCE_CREATION_RESPONSE)
    response = _one(said, status=201)
    response["Location"] = f"{BASE}/Users/{person.pk}"
    return response


@scim
def user(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponse:
    """GET, PUT and PATCH: one person. DELETE: they no longer work here, and the record stays."""
    person = _person(person_id, for_change=request.method != "GET")
    before = user_of(person)
    if request.method == "GET":
        return _one(told(before))
    _require_fresh(request, before)
    if request.method == "DELETE":
        before.active = False
        services.change_user(actor, person, before)
        return HttpResponse(status=204)
    if request.method not in {"PUT", "PATCH"}:
        return _not_allowed("GET", "PUT", "PATCH", "DELETE")
    services.change_user(actor, person, _changed(request, User, before))
    return _one(told(user_of(_person(person_id))))


@scim
def groups(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET: the units. They are made in Readback: a directory says who belongs to them."""
    if request.method != "GET":
        return _not_allowed("GET")
    return _answer(listed(request.GET, Group, _units(), group_of))


@scim
def group(request: HttpRequest, actor: Actor, unit_id: UUID) -> HttpResponse:
    """GET, PUT and PATCH: one unit and who belongs to it."""
    unit = _unit(unit_id)
    before = group_of(unit)
    if request.method == "GET":
        return _one(told(before))
    if request.method not in {"PUT", "PATCH"}:
        return _not_allowed("GET", "PUT", "PATCH")
    _require_fresh(request, before)
    services.change_members(actor, unit, _changed(request, Group, before))
    return _one(told(group_of(_unit(unit_id))))


@scim
def described(request: HttpRequest, actor: Actor, kind: str) -> HttpResponse:
    """What the service says of itself."""
    if request.method != "GET":
        return _not_allowed("GET")
    about = service()
    if kind == "ServiceProviderConfig" and about.config:
        return _answer(about.config.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))
    found = _parts(kind)
    return _answer(
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": len(found),
            "itemsPerPage": len(found),
            "startIndex": 1,
            "Resources": found,
        }
    )


@scim
def described_one(request: HttpRequest, actor: Actor, kind: str, name: str) -> HttpResponse:
    """One schema or one kind of resource, by its id (RFC 7644 4)."""
    if request.method != "GET":
        return _not_allowed("GET")
    found = next((one for one in _parts(kind) if one["id"] == name), None)
    if found is None:
        raise NotFound
    return _answer(found)


@scim
def nothing(request: HttpRequest, actor: Actor, rest: str) -> HttpResponse:
    """Whatever else is asked for: SCIM's own 404, so that a directory can read it."""
    raise NotFound


def _parts(kind: str) -> list[dict[str, Any]]:
    about = service()
    parts = {"Schemas": about.schemas, "ResourceTypes": about.resource_types}[kind]
    return [one.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE) for one in parts]


def _changed(request: HttpRequest, model: type[Any], before: Resource[Any]) -> Any:
    """What the resource would be after the request's PUT or PATCH."""
    body = _body(request)
    if request.method == "PUT":
        after = model.model_validate(body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST, scim_policy=POLICY)
        after.replace(before)
        return after
    patch = PatchOp.__class_getitem__(model).model_validate(
        as_meant(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=POLICY
    )
    after = before.model_copy(deep=True)
    patch.patch(after, scim_policy=POLICY)
    return after


def _people() -> Any:
    related = Person.objects.select_related("directory_entry").prefetch_related("memberships__unit")
    return related.order_by("created", "pk")


def _units() -> Any:
    return Unit.objects.prefetch_related("memberships__person").order_by("name", "pk")


def _person(person_id: UUID, *, for_change: bool = False) -> Person:
    if for_change:
        Person.objects.select_for_update().filter(pk=person_id).first()
    found = _people().filter(pk=person_id).first()
    if found is None:
        raise NotFound(subject_id=person_id)
    return found  # type: ignore[no-any-return]


def _unit(unit_id: UUID) -> Unit:
    found = _units().filter(pk=unit_id).first()
    if found is None:
        raise NotFound(subject_id=unit_id)
    return found  # type: ignore[no-any-return]


def _require_fresh(request: HttpRequest, before: Resource[Any]) -> None:
    wanted = request.headers.get("If-Match", "")
    if wanted and wanted != "*" and version_of(told(before)) not in [one.strip() for one in wanted.split(",")]:
        raise Stale


def _body(request: HttpRequest) -> Any:
    if len(request.body) > MOST_BYTES:
        raise Invalid(fields={}, code="too_large")
    told_body = json.loads(request.body)
    if not isinstance(told_body, dict):
        raise ValueError("no object")
    return told_body


def _answer(said: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return JsonResponse(said, status=status, content_type=MEDIA_TYPE)


def _one(said: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = _answer(said, status=status)
    response["ETag"] = version_of(said)
    return response


def _error(status: int, detail: str, scim_type: str = "") -> HttpResponse:
    error = Error(status=status, detail=detail, scim_type=scim_type or None)
    return _answer(error.model_dump(), status=status)


def _refused(actor: Actor | None, refusal: Refusal) -> HttpResponse:
    refusal.act = refusal.act or "scim.refused"
    record_refusal(refusal, agent=actor.agent if actor else None)
    response = _error(refusal.status, refusal.message)
    if refusal.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _not_allowed(*methods: str) -> HttpResponse:
    response = _error(405, "This address does not take that.")
    response["Allow"] = ", ".join(methods)
    return response
