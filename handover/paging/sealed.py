"""How the words of a page lie in the database: under the patient's key, each in its own place."""

from uuid import UUID

from handover.paging.documents import Sbar
from handover.paging.models import NotPaged, Page
from handover.patients.documents import Sentence
from vault.documents import seal_digested, seal_document, unseal_document
from vault.services import Place, Scope, unseal


def seal_sbar(page_id: UUID, patient_id: UUID, sbar: Sbar) -> tuple[bytes, str]:
    """The words, sealed for this page's row, and their digest in hex: the log holds it of what was sent."""
    return seal_digested(sbar, scope=Scope.patient(patient_id), place=_page_place(page_id))


def digested_of(page: Page) -> bytes:
    """The bytes of a page's words that were sealed and digested. Not audited."""
    return unseal(page.sealed, scope=Scope.patient(page.patient_id), place=_page_place(page.pk))


def sbar_of(page: Page) -> Sbar:
    """The words of a page. Not audited: the caller has recorded the read. Raises VaultError when it does not open."""
    return unseal_document(Sbar, page.sealed, scope=Scope.patient(page.patient_id), place=_page_place(page.pk))


def seal_reason(row: NotPaged, text: str) -> bytes:
    """Why nobody was paged, sealed for this row."""
    place = Place(model=NotPaged._meta.label, field="sealed_reason", row=row.pk)
    return seal_document(Sentence(text=text), scope=Scope.patient(row.patient_id), place=place)


def _page_place(page_id: UUID) -> Place:
    return Place(model=Page._meta.label, field="sealed", row=page_id)
