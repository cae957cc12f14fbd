"""The reads of patients, each starting from what this person may see and recorded before content leaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Unit
from handover.patients import access, rules
from handover.patients.documents import Headline, Identity, Summary
from handover.patients.history import TimelineItem, change_item, changes_between, vitals_items
from handover.patients.models import CareRelationship, Encounter, Patient, SummaryVersion
from handover.patients.sealed import (
    family_birth_index,
    headline_in,
    headline_of,
    identity_of,
    record_number_index,
    summary_in,
    summary_of,
)
from ledger import services as ledger
from ledger.agents import Entity
from live.refusals import Invalid
from vault.services import Scope, prepare

__all__ = [
    "PatientPage",
    "PatientRow",
    "TimelineItem",
    "headline_of",
    "identity_of",
    "patient_page",
    "patient_rows",
    "register_timeline_source",
    "search",
    "summary_of",
    "timeline",
]

VERSIONS_SHOWN = 50


@dataclass(frozen=True)
class PatientRow:
    """One row of a list: the facts that decide who comes first."""

    id: UUID
    headline: Headline
    unit: Unit
    relationship_id: UUID


@dataclass(frozen=True)
class PatientPage:
    """Everything that a patient's pages show, with the relationship that allows it."""

    patient: Patient
    identity: Identity
    headline: Headline
    summary: Summary
    summary_number: int
    relationship: CareRelationship
    unit: Unit | None
    recorded: datetime | None = None


TimelineSource = Callable[[Actor, Patient], Sequence[TimelineItem]]
_SOURCES: list[TimelineSource] = []


def register_timeline_source(source: TimelineSource) -> None:
    """Adds a higher room's items to every patient's timeline; called when the app starts."""
    if source not in _SOURCES:
        _SOURCES.append(source)


@transaction.atomic
def patient_rows(actor: Actor, *, unit: Unit | None, at: datetime) -> list[PatientRow]:
    """The patients in a stay that this person may see, of one unit or of all, the most urgent first. Recorded."""
    return _rows(actor, Q(patient__encounters__unit=unit) if unit else Q(), at=at, event="patient.listed")


@transaction.atomic
def patient_page(actor: Actor, patient_id: UUID) -> PatientPage:
    """A patient, whole, as they stand. Recorded as patient.read. Raises NotFound."""
    granted = access.opened_by(actor, patient_id)
    patient = granted.patient
    version = SummaryVersion.objects.filter(patient_id=patient.pk).order_by("-number").first()
    encounter = (
        Encounter.objects.filter(patient_id=patient.pk, status=Encounter.Status.ACTIVE).select_related("unit").first()
    )
    ledger.record(
        "patient.read",
        agent=actor.agent,
        patient_id=patient.pk,
        entity=Entity("summary_version", version.pk) if version else None,
        relationship_id=granted.relationship.pk,
        purpose=granted.purpose,
    )
    return PatientPage(
        patient=patient,
        identity=identity_of(patient),
        headline=headline_of(patient),
        summary=summary_in(version) if version else Summary(),
        summary_number=version.number if version else 0,
        relationship=granted.relationship,
        unit=encounter.unit if encounter else None,
        recorded=version.recorded if version else None,
    )


@transaction.atomic
def search(
    actor: Actor, *, at: datetime, record_number: str = "", family: str = "", birth_date: str = ""
) -> list[PatientRow]:
    """The patients in a stay whom this person may see, by record number, or by family name and date of birth.

    Recorded, found or not. Nothing found and not theirs to see are the same empty list. Raises Invalid without a record
    number and without both of the others.
    """
    if record_number.strip():
        facilities = Unit.objects.order_by().values_list("facility_id", flat=True).distinct()
        found = Q(patient__record_number_index__in=[record_number_index(each, record_number) for each in facilities])
    elif family.strip() and birth_date.strip():
        found = Q(patient__family_birth_index=family_birth_index(family, birth_date))
    else:
        words = _("Enter a record number, or a family name with a date of birth.")
        raise Invalid(words, act="patient.searched")
    return _rows(actor, found, at=at, event="patient.searched")


def timeline(actor: Actor, patient_id: UUID) -> list[TimelineItem]:
    """What happened to a patient, newest first: changes of the summary, vital signs, and what higher rooms add.

    The last 50 versions are compared, each with the one before it. Recorded as patient.read. Raises NotFound.
    """
    return timeline_page(actor, patient_id)[1]


def timeline_page(actor: Actor, patient_id: UUID) -> tuple[PatientPage, list[TimelineItem]]:
    """The patient, with what happened to them as `timeline` tells it. Recorded as one patient.read."""
    page = patient_page(actor, patient_id)
    items = [*_changes(page.patient), *vitals_items(page.summary)]
    for source in _SOURCES:
        items.extend(source(actor, page.patient))
    return page, sorted(items, key=lambda item: item.at, reverse=True)


def own_patient_ids(actor: Actor) -> frozenset[UUID]:
    """The patients who are this person's own: they are responsible for them, or a handover to them by name waits."""
    reasons = (CareRelationship.Reason.RESPONSIBLE, CareRelationship.Reason.HANDOVER_ADDRESSED)
    rows = access.relationships_of(actor).filter(person_id=actor.person.pk, reason__in=reasons)
    return frozenset(rows.order_by().values_list("patient_id", flat=True))


def birth_date_for(actor: Actor, patient_id: UUID) -> str:
    """A patient's date of birth, for a rule that asks for the age: nothing of it leaves. Raises NotFound."""
    return identity_of(access.patient_for(actor, patient_id).patient).birth_date


def patient_by_record_number_without_audit(facility_id: UUID, record_number: str) -> Patient | None:
    """For imports: the patient of a facility who has this record number, whoever may see them."""
    index = record_number_index(facility_id, record_number)
    return Patient.objects.filter(facility_id=facility_id, record_number_index=index).first()


def _changes(patient: Patient) -> list[TimelineItem]:
    newest_first = SummaryVersion.objects.filter(patient_id=patient.pk).select_related("author").order_by("-number")
    versions = list(newest_first[: VERSIONS_SHOWN + 1])[::-1]
    before = Summary()
    items = []
    for position, version in enumerate(versions):
        after = summary_in(version)
        # The oldest of a long history has its predecessor cut off: it is only what the next is compared with.
        if position or version.number == 1:
            who = version.author.display_name if version.author else _("Imported")
            item = change_item(changes_between(before, after), at=version.recorded, who=who)
            items.extend([item] if item else [])
        before = after
    return items


def _rows(actor: Actor, wanted: Q, *, at: datetime, event: str) -> list[PatientRow]:
    """One query for the rows, one for their units, one for their keys, and one event for each 200 patients.

    Only the columns of a row are fetched: building 400 whole patients would cost more than opening their headlines.
    """
    found = list(
        access.relationships_of(actor)
        .filter(wanted, patient__encounters__status=Encounter.Status.ACTIVE)
        .order_by("patient_id", *access.PLAINEST_FIRST)
        .distinct("patient_id")
        .values_list("patient_id", "pk", "patient__sealed_headline", "patient__encounters__unit_id")
    )
    ledger.record_read(
        event, agent=actor.agent, patient_ids=[row[0] for row in found], relationship_ids=[row[1] for row in found]
    )
    prepare([Scope.patient(row[0]) for row in found])
    units = Unit.objects.in_bulk({row[3] for row in found})
    rows = [
        PatientRow(patient_id, headline_in(patient_id, blob), units[unit_id], relationship_id)
        for patient_id, relationship_id, blob, unit_id in found
    ]
    return sorted(rows, key=lambda row: rules.urgency_key(row.headline, at))
