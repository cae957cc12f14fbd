"""How a patient lies in the database: each document sealed in its place, and the blind indexes to find them by."""

from uuid import UUID

from handover.patients.documents import Headline, Identity, Sentence, Summary
from handover.patients.models import BreakGlass, Patient, SummaryVersion
from live.rows import columns, made
from live.statements import Statement
from vault.documents import seal_document, unseal_document
from vault.indexes import blind_index
from vault.services import Place, Scope


def seal_identity(patient_id: UUID, identity: Identity) -> bytes:
    """The identity, sealed for its column of this patient's row."""
    return seal_document(identity, scope=Scope.patient(patient_id), place=_patient_place(patient_id, "sealed_identity"))


def seal_headline(patient_id: UUID, headline: Headline) -> bytes:
    """The headline, sealed for its column of this patient's row."""
    return seal_document(headline, scope=Scope.patient(patient_id), place=_patient_place(patient_id, "sealed_headline"))


def seal_summary(patient_id: UUID, version_id: UUID, summary: Summary) -> bytes:
    """A whole summary, sealed for the row of one version."""
    return seal_document(summary, scope=Scope.patient(patient_id), place=_summary_place(version_id))


def identity_of(patient: Patient) -> Identity:
    """Who the patient is. Not audited: the caller has recorded the read. Raises VaultError when it does not open."""
    place = _patient_place(patient.pk, "sealed_identity")
    return unseal_document(Identity, patient.sealed_identity, scope=Scope.patient(patient.pk), place=place)


def headline_of(patient: Patient) -> Headline:
    """The facts of a list row. Not audited: the caller has recorded it. Raises VaultError when it does not open."""
    return headline_in(patient.pk, patient.sealed_headline)


def headline_in(patient_id: UUID, blob: bytes | memoryview) -> Headline:
    """The same from the column alone, for a list that does not fetch the rest of the row."""
    place = _patient_place(patient_id, "sealed_headline")
    return unseal_document(Headline, blob, scope=Scope.patient(patient_id), place=place)


def summary_in(version: SummaryVersion) -> Summary:
    """What one version says. Not audited: the caller has recorded the read. Raises VaultError when it does not open."""
    scope = Scope.patient(version.patient_id)
    return unseal_document(Summary, version.sealed, scope=scope, place=_summary_place(version.pk))


_CURRENT = Statement(f"""
SELECT {columns(SummaryVersion, "s")} FROM patients_summaryversion s
WHERE s.patient_id = %s ORDER BY s.number DESC LIMIT 1
""")  # noqa: S608 -- the names of columns


def summary_of(patient: Patient) -> tuple[int, Summary]:
    """The number of the current summary and the summary; (0, empty) for a patient who has none yet. Not audited."""
    found = _CURRENT.first([patient.pk])
    if found is None:
        return 0, Summary()
    version = made(SummaryVersion, found)
    return version.number, summary_in(version)


def seal_words(glass: BreakGlass, field: str, words: str) -> bytes:
    """A sentence of a case of emergency access, sealed under the patient's key for its column."""
    place = Place(model="patients.BreakGlass", field=field, row=glass.pk)
    return seal_document(Sentence(text=words), scope=Scope.patient(glass.patient_id), place=place)


def words_of(glass: BreakGlass, field: str) -> str:
    """The sentence in a column of the case; "" where there is none. Not audited. Raises VaultError."""
    blob = getattr(glass, field)
    if blob is None:
        return ""
    place = Place(model="patients.BreakGlass", field=field, row=glass.pk)
    return unseal_document(Sentence, blob, scope=Scope.patient(glass.patient_id), place=place).text


def record_number_index(facility_id: UUID, record_number: str) -> bytes:
    """What a record number of a facility is found by: spaces, hyphens and case do not count."""
    return blind_index(record_number, purpose=f"record_number:{facility_id}")


def family_birth_index(family: str, birth_date: str) -> bytes:
    """What a family name with a date of birth is found by: accents, case, hyphens and spaces do not count."""
    return blind_index(f"{family} {birth_date}", purpose="family_birth")


def _patient_place(patient_id: UUID, field: str) -> Place:
    return Place(model="patients.Patient", field=field, row=patient_id)


def _summary_place(version_id: UUID) -> Place:
    return Place(model="patients.SummaryVersion", field="sealed", row=version_id)
