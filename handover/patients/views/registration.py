"""A patient registered by hand, and an identity corrected."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import directory
from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from accounts.models import Unit
from handover.patients import selectors, services
from handover.patients.forms.identity import IdentityForm, RegisterForm
from handover.patients.models import Patient
from handover.patients.views.answers import form_again, refusal_of
from handover.patients.views.pages import page_context


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: SignedInRequest) -> HttpResponse:
    """A new patient in one of the units that this person works in."""
    units = _units(request)
    if request.method != "POST":
        here = next((unit for unit in units if unit.pk == request.actor.unit_id), None)
        return render(request, "patients/register.html", {"form": RegisterForm(units=units, unit=here)})
    form = RegisterForm(request.POST, units=units)
    if not form.is_valid():
        return form_again(request, "patients/register.html", {}, form=form)
    key, made = posted_key(request), list[Patient]()
    refusal = refusal_of(
        request,
        lambda: made.append(
            services.register_patient(
                request.actor,
                key=key,
                unit=form.chosen_unit(),
                identity=form.identity(),
                bed=form.cleaned_data["bed"],
            )
        ),
    )
    if refusal:
        return form_again(request, "patients/register.html", {}, form=form, refusal=refusal)
    messages.success(request, _("Registered. What is known now goes into the summary: allergies first."))
    return done(request, reverse("patients:summary", args=[made[0].pk]))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def correct_identity(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Who the patient is, corrected."""
    page = selectors.patient_page(request.actor, patient_id)
    if request.method != "POST":
        form = IdentityForm(before=page.identity)
        return render(request, "patients/identity.html", {**page_context(page), "form": form})
    form = IdentityForm(request.POST, before=page.identity)
    if not form.is_valid():
        return form_again(request, "patients/identity.html", page_context(page), form=form)
    key = posted_key(request)
    refusal = refusal_of(
        request,
        lambda: services.correct_identity(request.actor, key=key, patient_id=patient_id, identity=form.identity()),
    )
    if refusal:
        return form_again(request, "patients/identity.html", page_context(page), form=form, refusal=refusal)
    messages.success(request, _("Corrected. The patient is found by this from now on."))
    return done(request, reverse("patients:page", args=[patient_id]))


def _units(request: SignedInRequest) -> list[Unit]:
    """Where this person works, the unit of this session first."""
    units = directory.units_of(request.actor.person)
    return sorted(units, key=lambda unit: (unit.pk != request.actor.unit_id, unit.name))
