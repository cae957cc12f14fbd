"""How the words of a page lie in the database: under the patient's key, each in its own place."""

from uuid import UUID

from handover.paging.documents import Sbar
from handover.paging.models import NotPaged, Page
from handover.patients.documents import Sentence
from vault.documents import seal_document, unseal_document
from vault.services import Place, Scope


def seal_sbar(page_id: UUID, patient_id: UUID, sbar: Sbar) -> bytes:
    """The words, sealed for this page's row."""
    return seal_document(sbar, scope=Scope.patient(patient_id), place=_page_place(page_id))


def sbar_of(page: Page) -> Sbar:
    """The words of a page. Not audited: the caller has recorded the read. Raises VaultError when it does not open."""
    return unseal_document(Sbar, page.sealed, scope=Scope.patient(page.patient_id), place=_page_place(page.pk))


def seal_reason(row: NotPaged, text: str) -> bytes:
    """Why nobody was paged, sealed for this row."""
    place = Place(model=NotPaged._meta.label, field="sealed_reason", row=row.pk)
    return seal_document(Sentence(text=text), scope=Scope.patient(row.patient_id), place=place)


def _page_place(page_id: UUID) -> Place:
    return Place(model=Page._meta.label, field="sealed", row=page_id)
