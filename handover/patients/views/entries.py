"""One entry of one section: added, corrected, removed; and the word of a section that has none."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from handover.patients import selectors, services
from handover.patients.documents import Entry, Section, SectionState
from handover.patients.drawing.summary import EntryView, entry_view
from handover.patients.forms.entries import FORMS, LANGUAGES
from handover.patients.forms.entry import EntryForm
from handover.patients.forms.state import StateForm
from handover.patients.sections import SectionSpec
from handover.patients.selectors import PatientPage
from handover.patients.views.answers import form_again, refusal_of
from handover.patients.views.pages import page_context
from live.refusals import NotFound, Refusal


@dataclass(frozen=True)
class _Desk:
    """What somebody is writing on: the patient, the section, and the entry that is corrected, if one is."""

    page: PatientPage
    spec: SectionSpec
    entry: Entry | None

    @property
    def back(self) -> str:
        """The section on the summary's page."""
        return f"{reverse('patients:summary', args=[self.page.patient.pk])}#{self.spec.slug}"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest, patient_id: UUID, section: SectionSpec) -> HttpResponse:
    """A new entry of a section."""
    page = selectors.patient_page(request.actor, patient_id)
    return _write(request, _Desk(page, section, None))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, patient_id: UUID, section: SectionSpec, entry_id: UUID) -> HttpResponse:
    """An entry of a section, to be corrected."""
    page = selectors.patient_page(request.actor, patient_id)
    return _write(request, _Desk(page, section, _entry_in(page, section, entry_id)))


@signed_in
@require_GET
def now(request: SignedInRequest, patient_id: UUID, section: SectionSpec, entry_id: UUID) -> HttpResponse:
    """How the entry stands now, beside what somebody is typing: the fragment after a conflict."""
    page = selectors.patient_page(request.actor, patient_id)
    context = {"now": _view_of(page, section, entry_id), "number": page.summary_number}
    return render(request, "patients/_now.html", context)


@signed_in
@require_POST
def remove(request: SignedInRequest, patient_id: UUID, section: SectionSpec, entry_id: UUID) -> HttpResponse:
    """The section without the entry; the versions before keep it."""
    services.remove_entry(
        request.actor,
        key=posted_key(request),
        patient_id=patient_id,
        section=section.name,
        entry_id=entry_id,
        seen_number=_seen(request, 0),
    )
    messages.success(request, _("Removed from: %(section)s.") % {"section": section.title})
    return done(request, f"{reverse('patients:summary', args=[patient_id])}#{section.slug}")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def set_state(request: SignedInRequest, patient_id: UUID, section: SectionSpec) -> HttpResponse:
    """Why a section has no entries: none known, not asked, withheld, unavailable."""
    page = selectors.patient_page(request.actor, patient_id)
    desk = _Desk(page, section, None)
    present = cast("Section[Entry]", getattr(page.summary, section.name))
    context = {**_context(desk), "count": len(present.entries)}
    if request.method != "POST":
        form = StateForm(spec=section, state=present.state)
        return render(request, "patients/state.html", {**context, "form": form})
    form = StateForm(request.POST, spec=section)
    if not form.is_valid():
        return form_again(request, "patients/state.html", context, form=form)
    key, state = posted_key(request), SectionState(form.cleaned_data["state"])
    refusal = refusal_of(
        request,
        lambda: services.set_section_state(
            request.actor, key=key, patient_id=patient_id, section=section.name, state=state
        ),
    )
    if refusal:
        return form_again(request, "patients/state.html", context, form=form, refusal=refusal)
    _say_saved(request, section)
    return done(request, desk.back)


def _write(request: SignedInRequest, desk: _Desk) -> HttpResponse:
    template = "patients/vital_signs.html" if desk.spec.name == "vital_signs" else "patients/entry.html"
    if request.method != "POST":
        return render(request, template, {**_context(desk), "form": _form(desk)})
    form = _form(desk, request.POST)
    if not form.is_valid():
        return form_again(request, template, _context(desk), form=form)
    refusal = _put(request, desk, form)
    if refusal:
        shown = {**_context(desk), "now": _view_of(desk.page, desk.spec, form.entry().id) if desk.entry else None}
        return form_again(request, template, shown, form=form, refusal=refusal)
    _say_saved(request, desk.spec)
    return done(request, _after(desk))


def _say_saved(request: SignedInRequest, spec: SectionSpec) -> None:
    """Which section, and no word of what it says: the notice waits in the browser until the next page."""
    messages.success(request, _("Saved: %(section)s.") % {"section": spec.title})


def _put(request: SignedInRequest, desk: _Desk, form: EntryForm) -> Refusal | None:
    key, seen = posted_key(request), _seen(request, desk.page.summary_number)
    return refusal_of(
        request,
        lambda: services.put_entry(
            request.actor,
            key=key,
            patient_id=desk.page.patient.pk,
            section=desk.spec.name,
            entry=form.entry(),
            seen_number=seen,
        ),
    )


def _form(desk: _Desk, data: Any = None) -> EntryForm:
    kind = FORMS[desk.spec.name]
    return kind(data, entry=desk.entry, summary=desk.page.summary)


def _context(desk: _Desk) -> dict[str, Any]:
    return {
        **page_context(desk.page),
        "spec": desk.spec,
        "entry": desk.entry,
        "seen": desk.page.summary_number,
        "back": desk.back,
        "languages": LANGUAGES if desk.spec.name == "language" else None,
    }


def _after(desk: _Desk) -> str:
    """Vital signs are seen on the brief, where their score stands; everything else in its section."""
    if desk.spec.name == "vital_signs":
        return reverse("patients:page", args=[desk.page.patient.pk])
    return desk.back


def _entry_in(page: PatientPage, spec: SectionSpec, entry_id: UUID) -> Entry:
    section = cast("Section[Entry]", getattr(page.summary, spec.name))
    found = next((entry for entry in section.entries if entry.id == entry_id), None)
    if found is None:
        raise NotFound(_("This line is no longer there. Go back to the summary and look again."))
    return found


def _view_of(page: PatientPage, spec: SectionSpec, entry_id: UUID) -> EntryView | None:
    section = cast("Section[Entry]", getattr(page.summary, spec.name))
    found = next((entry for entry in section.entries if entry.id == entry_id), None)
    if found is None:
        return None
    return entry_view(found, spec, now=timezone.now(), severity=page.headline.illness_severity)


def _seen(request: SignedInRequest, default: int) -> int:
    """The number of the summary that the person looked at while writing."""
    typed = request.POST.get("seen", "")
    if not typed:
        return default
    if not typed.isdecimal() or len(typed) > 9:
        raise Http404
    return int(typed)
