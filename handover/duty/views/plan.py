"""Planning a unit's duty: its roles, and of each the rotations that fill it and who is set for a while."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from accounts.forms import say_at_fields
from accounts.models import Unit
from handover.duty import selectors, services
from handover.duty.beds import in_order_of, roles_of_beds
from handover.duty.forms import HolderForm, RoleForm, RotationForm
from handover.duty.models import PractitionerRole, Rotation
from handover.duty.services.ground import require_may_plan
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, NotFound


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The unit's roles; posted, one more."""
    unit = Unit.objects.select_related("facility").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act="role.made", subject_id=unit_id)
    require_may_plan(request.actor, unit_id, at=timezone.now(), act="role.made")
    roles = selectors.roles_of_unit(unit_id)
    form = RoleForm(roles, request.POST if request.method == "POST" else None)
    beds = in_order_of(roles_of_beds(unit_id))
    context = {"unit": unit, "roles": roles, "beds": beds, "form": form}
    if request.method != "POST":
        return render(request, "duty/plan.html", context)
    return _taken(
        request,
        form,
        lambda: services.make_role(request.actor, key=posted_key(request), unit_id=unit_id, new=form.new_role()),
        to=reverse("duty:plan", args=[unit_id]),
        words=_("The role is there. Give it a rotation, so that somebody holds it."),
        otherwise=lambda refusal: render(
            request, "duty/plan.html", {**context, "refusal": refusal}, status=refusal.status if refusal else 422
        ),
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def role(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """One role, its rotations, and who is set; posted, a rotation more."""
    row = _role(request, role_id)
    people = list(selectors.may_hold(row).order_by("display_name"))
    form = RotationForm(people, request.POST if request.method == "POST" else None)
    if "more" in request.POST:
        form = RotationForm(people, typed=request.POST)
    if request.method != "POST" or "more" in request.POST:
        return _draw(request, row, rotation=form, holder=HolderForm(people))
    return _taken(
        request,
        form,
        lambda: services.add_rotation(request.actor, key=posted_key(request), role_id=role_id, planned=form.planned()),
        to=reverse("duty:role", args=[role_id]),
        words=_("The rotation runs. Everybody in it is told."),
        otherwise=lambda refusal: _draw(
            request, row, rotation=form, holder=HolderForm(people), refusal=refusal, status=422
        ),
    )


@signed_in
@require_POST
def put(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """Somebody holds the role for a while."""
    row = _role(request, role_id)
    people = list(selectors.may_hold(row).order_by("display_name"))
    form = HolderForm(people, request.POST)
    return _taken(
        request,
        form,
        lambda: services.set_holder(
            request.actor,
            key=posted_key(request),
            role_id=role_id,
            person_id=UUID(form.cleaned_data["person"]),
            starts=form.cleaned_data["starts"],
            ends=form.cleaned_data["ends"],
        ),
        to=reverse("duty:role", args=[role_id]),
        words=_("Set. They are told, and so is whoever would have held it."),
        otherwise=lambda refusal: _draw(
            request, row, rotation=RotationForm(people), holder=form, refusal=refusal, status=422
        ),
    )


@signed_in
@require_POST
def end(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """The role can be addressed no longer."""
    row = _role(request, role_id)
    try:
        services.end_role(request.actor, key=posted_key(request), role_id=role_id)
    except Conflict as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        messages.error(request, refusal.message)
        return done(request, reverse("duty:role", args=[role_id]))
    messages.success(request, _("The role has ended. What it was stays on record."))
    return done(request, reverse("duty:plan", args=[row.unit_id]))


@signed_in
@require_POST
def end_turns(request: SignedInRequest, rotation_id: UUID) -> HttpResponse:
    """The rotation gives nobody a turn from now on."""
    services.end_rotation(request.actor, key=posted_key(request), rotation_id=rotation_id)
    messages.success(request, _("The rotation has ended. Everybody in it is told."))
    row = Rotation.objects.get(pk=rotation_id)
    return done(request, reverse("duty:role", args=[row.role_id]))


def _role(request: SignedInRequest, role_id: UUID) -> PractitionerRole:
    """The role, for whoever plans its unit. Raises NotFound and Denied."""
    row = selectors.live_roles().filter(pk=role_id).first()
    if row is None:
        raise NotFound(act="role.made", subject_id=role_id)
    require_may_plan(request.actor, row.unit_id, at=timezone.now(), act="role.made")
    return row


def _taken(
    request: SignedInRequest,
    form: forms.Form,
    act: Callable[[], object],
    *,
    to: str,
    words: str,
    otherwise: Callable[[Invalid | Conflict | None], HttpResponse],
) -> HttpResponse:
    """Does what the form says; the form again, with everything that was typed, where it cannot be done."""
    if not form.is_valid():
        return otherwise(None)
    try:
        act()
    except (Invalid, Conflict) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        say_at_fields(form, refusal)
        return otherwise(refusal)
    messages.success(request, words)
    return done(request, to)


def _draw(  # noqa: PLR0913 -- a page with two forms
    request: SignedInRequest,
    row: PractitionerRole,
    *,
    rotation: RotationForm,
    holder: HolderForm,
    refusal: Invalid | Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    running = Rotation.objects.filter(role=row, ended__isnull=True).order_by("begins", "made")
    context: dict[str, Any] = {
        "role": row,
        "unit": row.unit,
        "rotations": running.prefetch_related("places__person"),
        "changes": selectors.changes_to_come(row, at=timezone.now()),
        "rotation_form": rotation,
        "holder_form": holder,
        "refusal": refusal,
    }
    return render(request, "duty/role.html", context, status=status)
