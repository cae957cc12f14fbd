"""A patient's pages: the brief, the whole summary, and what happened."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from handover.patients import panels, rules, sections, selectors
from handover.patients.brief import brief_of
from handover.patients.drawing.summary import SectionView, section_views
from handover.patients.drawing.vitals import VitalsView, vitals_view
from handover.patients.glass.selectors import running
from handover.patients.selectors import PatientPage

# What the brief's page shows beside the brief and the vital signs.
_SAFETY = sections.named(["allergies", "code_status", "alerts", "devices", "mobility", "weight", "language"])
_CARE = sections.named(["results", "pending_results"])
_MEDICATIONS = sections.named(["medications"])


@signed_in
@require_GET
def brief(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The patient in seven lines, with safety, vital signs, medications and results."""
    page = selectors.patient_page(request.actor, patient_id)
    return render(request, "patients/patient.html", _brief_context(request, page))


@signed_in
@require_GET
def brief_fragment(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The same, to keep an open page fresh."""
    page = selectors.patient_page(request.actor, patient_id)
    return render(request, "patients/_patient.html", _brief_context(request, page))


@signed_in
@require_GET
def summary(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Every section of the summary, each entry with where it came from."""
    page = selectors.patient_page(request.actor, patient_id)
    return render(request, "patients/summary.html", _summary_context(page))


@signed_in
@require_GET
def summary_fragment(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The same, to keep an open page fresh."""
    page = selectors.patient_page(request.actor, patient_id)
    return render(request, "patients/_summary.html", _summary_context(page))


@signed_in
@require_GET
def timeline(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """What happened to the patient, newest first."""
    page, items = selectors.timeline_page(request.actor, patient_id)
    return render(request, "patients/timeline.html", {**page_context(page), "items": items, "tab": "timeline"})


def page_context(page: PatientPage) -> dict[str, Any]:
    """What every page of a patient needs: who it is, and where they are."""
    return {
        "page": page,
        "patient_id": page.patient.pk,
        "identity": page.identity,
        "headline": page.headline,
        "unit": page.unit,
        "glass": running(page.relationship),
    }


def vitals_of(page: PatientPage) -> VitalsView | None:
    """The patient's vital signs, without points where NEWS2 is not made for the patient."""
    return vitals_view(
        page.summary,
        now=timezone.now(),
        severity=page.headline.illness_severity,
        is_scored=page.headline.news2_band != "not-applicable",
    )


def _summary_context(page: PatientPage) -> dict[str, Any]:
    views = _sections(page, sections.ALL)
    return {**page_context(page), "sections": views, "vitals": vitals_of(page), "tab": "summary"}


def _brief_context(request: SignedInRequest, page: PatientPage) -> dict[str, Any]:
    added = panels.panels_for(request.actor, page.patient)
    return {
        **page_context(page),
        "tab": "brief",
        "rise": rules.severity_question(page.summary, page.headline),
        "brief": brief_of(page.headline, page.summary, now=timezone.now()),
        "safety": _sections(page, _SAFETY),
        "care": _sections(page, _CARE),
        "medications": _sections(page, _MEDICATIONS)[0],
        "vitals": vitals_of(page),
        "top_panels": [panel for panel in added if panel.place == "top"],
        "side_panels": [panel for panel in added if panel.place != "top"],
    }


def _sections(page: PatientPage, specs: Any) -> list[SectionView]:
    return section_views(page.summary, specs, now=timezone.now(), severity=page.headline.illness_severity)
