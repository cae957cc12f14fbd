"""How the documents of this room lie in the database: each sealed under the patient's key, in its own place."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model
from pydantic import BaseModel

from handover.patients.documents import Document
from handover.transfers.documents import (
    Action,
    Draft,
    DraftAddress,
    HandoverDocument,
    Ipass,
    SynthesisDocument,
    TransferDetails,
    Words,
    digest_of,
)
from handover.transfers.models import (
    ChecklistItem,
    Handover,
    HandoverVersion,
    OpenAction,
    Override,
    Question,
    Synthesis,
    Transfer,
)
from vault.documents import seal_document, unseal_document
from vault.services import Place, Scope, seal, unseal

T = TypeVar("T", bound=BaseModel)


def seal_in(row: Model, field: str, document: Document, *, patient_id: UUID) -> bytes:
    """The document, sealed for this column of this row."""
    return seal_document(document, scope=Scope.patient(patient_id), place=_place(row, field))


def seal_words(row: Model, field: str, text: str, *, patient_id: UUID) -> bytes:
    """A sentence, sealed for this column of this row."""
    return seal_in(row, field, Words(text=text), patient_id=patient_id)


def seal_version(row: HandoverVersion, document: HandoverDocument) -> tuple[bytes, bytes]:
    """The canonical bytes of a version sealed, and their digest: what is digested is what is kept."""
    canonical = document.canonical()
    blob = seal(canonical, scope=Scope.patient(document.patient_id), place=_place(row, "sealed"))
    return blob, digest_of(canonical)


def draft_of(handover: Handover) -> Ipass | None:
    """What has been typed so far, or None when there is no draft. Not audited."""
    if handover.sealed_draft is None:
        return None
    draft = _unsealed(Draft, handover, "sealed_draft", handover.patient_id)
    return Ipass(**{name: getattr(draft, name) for name in Ipass.model_fields})


def draft_address_of(handover: Handover) -> DraftAddress:
    """Whom the draft is to go to, as far as that was chosen. Not audited."""
    if handover.sealed_draft is None:
        return DraftAddress()
    return _unsealed(Draft, handover, "sealed_draft", handover.patient_id).address


def seal_draft(handover: Handover, ipass: Ipass, *, address: DraftAddress, patient_id: UUID) -> bytes:
    """The words and the receiver of a draft, sealed as one."""
    words = {name: getattr(ipass, name) for name in Ipass.model_fields}
    return seal_in(handover, "sealed_draft", Draft(**words, address=address), patient_id=patient_id)


def canonical_of(version: HandoverVersion, *, patient_id: UUID) -> bytes:
    """The bytes of a version that were sealed and digested, whatever this release would make of them. Not audited."""
    return unseal(version.sealed, scope=Scope.patient(patient_id), place=_place(version, "sealed"))


def document_of(version: HandoverVersion, *, patient_id: UUID) -> HandoverDocument:
    """A version as it was sent. Not audited: the caller has recorded the read."""
    return _unsealed(HandoverDocument, version, "sealed", patient_id)


def synthesis_of(row: Synthesis, *, patient_id: UUID) -> SynthesisDocument:
    """What was said back. Not audited."""
    return _unsealed(SynthesisDocument, row, "sealed", patient_id)


def details_of(transfer: Transfer) -> TransferDetails:
    """What of a move only those may know who may see the patient. Not audited."""
    return _unsealed(TransferDetails, transfer, "sealed_details", transfer.patient_id)


def action_of(row: OpenAction) -> Action:
    """The line of the action list. Not audited."""
    return _unsealed(Action, row, "sealed", row.patient_id)


def words_in(row: Handover | Question | Synthesis | ChecklistItem | Override, field: str, *, patient_id: UUID) -> str:
    """The sentence in this column, or "" when there is none. Not audited."""
    if getattr(row, field) is None:
        return ""
    return _unsealed(Words, row, field, patient_id).text


def _unsealed(kind: type[T], row: Model, field: str, patient_id: UUID) -> T:
    return unseal_document(kind, getattr(row, field), scope=Scope.patient(patient_id), place=_place(row, field))


def _place(row: Model, field: str) -> Place:
    return Place(model=row._meta.label, field=field, row=row.pk)
