"""The act of an import: one file, one patient, one transaction. Either all that could be taken is in, or nothing is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Unit
from handover.interop.fhir.assemble import Imported, assemble
from handover.interop.fhir.reading import FhirProblem
from handover.patients import access, edits, sealed
from handover.patients import services as patients
from handover.patients.documents import Entry, Identity, Section, SectionState, Source, Summary
from handover.patients.models import Patient
from ledger.services import record_refusal
from live.acting import acting_as_system
from live.refusals import Conflict, Refusal

_KEYS = UUID("b2c1f0a4-3e0e-4d0f-8a44-8a4f9c1b7e55")


@dataclass(frozen=True)
class Report:
    """What became of one file. `error` is "" when it was imported; `left` lists what was not taken, and why."""

    file: str
    error: str = ""
    patients: tuple[dict[str, object], ...] = ()
    taken: dict[str, int] = field(default_factory=dict)
    left: tuple[dict[str, str], ...] = ()
    patient_id: UUID | None = None
    is_changed: bool = False

    def as_json(self) -> dict[str, object]:
        """The report for other programs: file, error, patients, taken, left."""
        told = asdict(self)
        return {name: told[name] for name in ("file", "error", "patients", "taken", "left")}


def import_file(actor: Actor | None, *, name: str, raw: bytes, unit: Unit, key: UUID) -> Report:
    """The report of one file, imported into `unit`. A file that cannot be taken changes nothing and says why.

    `actor` is None for an import from the command line. The same file again changes nothing: entries keep their ids.
    """
    try:
        found = assemble(raw)
        patient, is_changed = _take(actor, found, unit, key)
    except FhirProblem as exc:
        return Report(file=name, error=str(exc))
    except Refusal as exc:
        # The report stands in for the edge's answer, so the edge does not see it.
        record_refusal(exc, agent=actor.agent if actor else None)
        return Report(file=name, error=exc.message)
    return Report(
        file=name,
        patients=(_who(found.identity),),
        taken=found.taken,
        left=tuple({"entry": entry, "why": why} for entry, why in found.left),
        patient_id=patient.pk,
        is_changed=is_changed,
    )


@transaction.atomic
def _take(actor: Actor | None, found: Imported, unit: Unit, key: UUID) -> tuple[Patient, bool]:
    patient = _known(actor, found.identity, unit)
    if patient is None:
        patient = patients.register_patient(
            actor, key=uuid5(_KEYS, f"{key} patient"), unit=unit, identity=found.identity
        )
    before_number, before = sealed.summary_of(patient)
    merged = merge(before, found)
    version = patients.put_summary(
        actor, key=uuid5(_KEYS, f"{key} summary"), patient_id=patient.pk, summary=merged, source="fhir"
    )
    return patient, version.number != before_number


def _known(actor: Actor | None, identity: Identity, unit: Unit) -> Patient | None:
    """The patient of this hospital with that record number, or None.

    Two systems may give two people the same number. A number that belongs to somebody of another name or birth date is
    refused, never merged: the wrong summary under a name is worse than none.
    """
    index = sealed.record_number_index(unit.facility_id, identity.record_number)
    # Whether anybody has the number, not whether it is the importing person's patient: two patients never share one.
    with acting_as_system("import.known"):
        patient = Patient.objects.filter(facility_id=unit.facility_id, record_number_index=index).first()
    if patient is None:
        return None
    if actor is not None and access.relationship_for(actor, patient.pk) is None:
        raise Conflict(
            _("This record number cannot be imported into your unit. Ask the unit that looks after the patient."),
            act="summary.imported",
            patient_id=patient.pk,
        )
    there = sealed.identity_of(patient)
    if (there.family.casefold(), there.birth_date) != (identity.family.casefold(), identity.birth_date):
        raise Conflict(
            _("That record number is another patient's here: name or birth date differ. Nothing was taken."),
            act="summary.imported",
            code="another_patient",
            patient_id=patient.pk,
        )
    return patient


def merge(before: Summary, found: Imported) -> Summary:
    """The summary with what the file says: its sender's earlier entries are replaced, everybody else's are kept.

    A state such as 'none known' is taken only where nothing else is recorded: it never removes an entry.
    """
    changed: dict[str, object] = {}
    for name in edits.SECTIONS:
        section = cast("Section[Any]", getattr(before, name))
        merged = _merged(section, found.entries.get(name, ()), found.states.get(name), found.system)
        if merged is not section:
            changed[name] = type(section)(**merged)
    return before.model_copy(update=changed)


def _merged(section: Section[Any], fresh: Sequence[Entry], state: SectionState | None, system: str) -> Any:
    entries = _entries(section.entries, fresh, system)
    if entries == section.entries and (entries or state in (None, section.state)):
        return section
    if entries:
        return {"state": SectionState.FILLED, "entries": entries, "source": section.source}
    if state is not None:
        return {"state": state, "source": Source(system=system)}
    # The sender once listed something here and now says nothing of it.
    return {"state": SectionState.UNAVAILABLE, "source": Source(system=system)}


def _entries(there: Sequence[Entry], fresh: Sequence[Entry], system: str) -> tuple[Entry, ...]:
    """In place: what the sender still says is renewed, what it no longer says goes, what it says anew comes last.

    An entry of the sender's that was corrected by hand here is no longer the sender's: it stays as it was corrected.
    """
    said = {entry.id: entry for entry in fresh}
    renewed = [
        said.get(entry.id, entry) if entry.source.system == system else entry
        for entry in there
        if entry.source.system != system or entry.id in said
    ]
    known = {entry.id for entry in there}
    return (*renewed, *(entry for entry in fresh if entry.id not in known))


def _who(identity: Identity) -> dict[str, object]:
    return {
        "family": identity.family,
        "given": identity.given,
        "birth_date": identity.birth_date,
        "identifiers": [{"system": one.system, "value": one.value} for one in identity.identifiers],
    }
