"""How the words of a disclosure lie in the database: under the patient's key, so that they go with it."""

from uuid import UUID

from audit.disclosures.documents import Statement, Words
from audit.disclosures.models import Disclosure, Suspension
from vault.documents import seal_document, unseal_document
from vault.errors import KeyDestroyed, VaultError
from vault.indexes import blind_index
from vault.services import Place, Scope


def seal_words(row: Disclosure, words: Words) -> bytes | None:
    """The words, sealed for their column; None where the patient's key was destroyed and nothing can be kept."""
    try:
        return seal_document(words, scope=Scope.patient(row.patient_id), place=_place(row))
    except KeyDestroyed:
        return None


def words_of(row: Disclosure) -> Words | None:
    """The words; None where they were erased or do not open (which is on record as vault.failed)."""
    if row.sealed_words is None:
        return None
    try:
        return unseal_document(Words, row.sealed_words, scope=Scope.patient(row.patient_id), place=_place(row))
    except VaultError:
        return None


def seal_statement(row: Suspension, statement: Statement, *, patient_id: UUID) -> bytes:
    """Who made the statement, sealed for its column. Raises KeyDestroyed."""
    place = Place(model="disclosures.Suspension", field="sealed_statement", row=row.pk)
    return seal_document(statement, scope=Scope.patient(patient_id), place=place)


def recipient_index(recipient: str, *, patient_id: UUID) -> bytes:
    """Equal for the same recipient of this patient only: nobody counts recipients over all patients by it."""
    return blind_index(recipient, purpose=f"disclosure_recipient:{patient_id}")


def _place(row: Disclosure) -> Place:
    return Place(model="disclosures.Disclosure", field="sealed_words", row=row.pk)
