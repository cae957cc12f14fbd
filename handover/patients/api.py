"""The JSON API of this room: patients, their summaries, and every correction of them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status
from pydantic import BaseModel, ValidationError

from accounts.apiparts import ActKey, Done, View, actor_of, answers
from accounts.models import Unit
from handover.patients import edits, selectors, services
from handover.patients.access import works_in
from handover.patients.documents import Entry, Headline, Identity, SectionState, Summary
from live.refusals import Invalid, NotFound

router = Router(tags=["patients"])
SectionName = Literal[
    "problems",
    "allergies",
    "medications",
    "code_status",
    "alerts",
    "devices",
    "vital_signs",
    "results",
    "pending_results",
    "procedures",
    "diet",
    "mobility",
    "weight",
    "language",
    "family_contact",
    "belongings",
    "what_matters",
]


class RowOut(View):
    id: UUID
    unit_id: UUID
    unit: str
    headline: Headline


class PatientOut(View):
    id: UUID
    identity: Identity
    headline: Headline
    unit_id: UUID | None
    summary_number: int
    summary_recorded: datetime | None
    summary: Summary


class Registration(BaseModel):
    unit_id: UUID
    bed: str = ""
    identity: Identity


class Search(BaseModel):
    """A record number, or a family name with a date of birth. In the body, so that no name stands in an address."""

    record_number: str = ""
    family: str = ""
    birth_date: str = ""


class EntryIn(BaseModel):
    """One entry of a section as its documents define it, and the number of the summary that the person looked at."""

    seen_number: int
    entry: dict[str, Any]


class StateIn(BaseModel):
    state: SectionState


class TimelineOut(View):
    at: datetime
    kind: str
    title: str
    line: str = ""
    who: str = ""


@router.get("/patients", response=answers(list[RowOut]), summary="The patients I may see, most urgent first")
def patients(request: HttpRequest, unit_id: UUID | None = None) -> list[RowOut]:
    """Of one unit, or of all."""
    unit = _unit(unit_id) if unit_id else None
    return [_row(row) for row in selectors.patient_rows(actor_of(request), unit=unit, at=timezone.now())]


@router.post("/patients/search", response=answers(list[RowOut]), summary="Find a patient I may see")
def search(request: HttpRequest, wanted: Search) -> list[RowOut]:
    """Nothing found and not mine to see are the same empty list."""
    return [_row(row) for row in selectors.search(actor_of(request), at=timezone.now(), **wanted.model_dump())]


@router.post("/patients", response=answers(Done, 201), summary="Register a patient in a unit of mine")
def register(request: HttpRequest, wanted: Registration, key: ActKey) -> Status[Done]:
    """The new patient."""
    actor = actor_of(request)
    if not works_in(actor, wanted.unit_id):
        raise NotFound(act="patient.created")
    unit = _unit(wanted.unit_id)
    patient = services.register_patient(actor, key=key, unit=unit, identity=wanted.identity, bed=wanted.bed)
    return Status(201, Done(id=patient.pk))


@router.get("/patients/{patient_id}", response=answers(PatientOut), summary="One patient, whole")
def patient(request: HttpRequest, patient_id: UUID) -> PatientOut:
    """Identity, headline and the current summary."""
    page = selectors.patient_page(actor_of(request), patient_id)
    return PatientOut(
        id=page.patient.pk,
        identity=page.identity,
        headline=page.headline,
        unit_id=page.unit.pk if page.unit else None,
        summary_number=page.summary_number,
        summary_recorded=page.recorded,
        summary=page.summary,
    )


@router.put("/patients/{patient_id}/identity", response=answers(Done), summary="Correct who a patient is")
def correct_identity(request: HttpRequest, patient_id: UUID, identity: Identity, key: ActKey) -> Done:
    """The patient is found by the corrected identity from now on."""
    services.correct_identity(actor_of(request), key=key, patient_id=patient_id, identity=identity)
    return Done(id=patient_id)


@router.put(
    "/patients/{patient_id}/summary/{section}", response=answers(Done), summary="Say why an empty section is empty"
)
def set_state(request: HttpRequest, patient_id: UUID, section: SectionName, wanted: StateIn, key: ActKey) -> Done:
    """The new version of the summary."""
    version = services.set_section_state(
        actor_of(request), key=key, patient_id=patient_id, section=section, state=wanted.state
    )
    return Done(id=version.pk)


@router.post(
    "/patients/{patient_id}/summary/{section}", response=answers(Done), summary="Add one entry, or correct it by its id"
)
def put_entry(request: HttpRequest, patient_id: UUID, section: SectionName, wanted: EntryIn, key: ActKey) -> Done:
    """The new version of the summary."""
    version = services.put_entry(
        actor_of(request),
        key=key,
        patient_id=patient_id,
        section=section,
        entry=_entry(section, wanted.entry),
        seen_number=wanted.seen_number,
    )
    return Done(id=version.pk)


@router.delete("/patients/{patient_id}/summary/{section}/{entry_id}", response=answers(Done), summary="Remove an entry")
def remove_entry(
    request: HttpRequest, patient_id: UUID, section: SectionName, entry_id: UUID, seen_number: int, key: ActKey
) -> Done:
    """The new version of the summary; the versions before keep the entry."""
    version = services.remove_entry(
        actor_of(request), key=key, patient_id=patient_id, section=section, entry_id=entry_id, seen_number=seen_number
    )
    return Done(id=version.pk)


@router.get(
    "/patients/{patient_id}/timeline", response=answers(list[TimelineOut]), summary="What happened, newest first"
)
def timeline(request: HttpRequest, patient_id: UUID) -> list[TimelineOut]:
    """Changes of the summary, vital signs, handovers and moves."""
    return [TimelineOut.model_validate(item) for item in selectors.timeline(actor_of(request), patient_id)]


def _unit(unit_id: UUID) -> Unit:
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound()
    return unit


def _row(row: selectors.PatientRow) -> RowOut:
    return RowOut(id=row.id, unit_id=row.unit.pk, unit=row.unit.name, headline=row.headline)


def _entry(section: str, told: dict[str, Any]) -> Entry:
    """The typed entry. Who recorded it, and when, is not the caller's to say: the service signs it."""
    told = {name: value for name, value in told.items() if name != "source"}
    try:
        return edits.entry_kind(section).model_validate(told)
    except ValidationError as exc:
        fields = {".".join(str(part) for part in one["loc"]) or "entry": one["msg"] for one in exc.errors()}
        raise Invalid(fields=fields, act="summary.changed") from exc
