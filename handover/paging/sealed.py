"""How the words of a page lie in the database: under the patient's key, each in its own place."""

from uuid import UUID

from handover.paging.documents import Sbar, View
from handover.paging.models import NotPaged, OwnersView, Page
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


def seal_view(row: OwnersView, text: str, *, patient_id: UUID) -> tuple[bytes, str]:
    """What the owner thinks, sealed for this row, and its digest in hex."""
    return seal_digested(View(text=text), scope=Scope.patient(patient_id), place=_view_place(row))


def view_of(row: OwnersView, *, patient_id: UUID) -> str:
    """What the owner thinks. Not audited: the caller has recorded the read. Raises VaultError when it does not open."""
    return unseal_document(View, row.sealed, scope=Scope.patient(patient_id), place=_view_place(row)).text


def digested_view_of(row: OwnersView, *, patient_id: UUID) -> bytes:
    """The bytes of a view that were sealed and digested. Not audited."""
    return unseal(row.sealed, scope=Scope.patient(patient_id), place=_view_place(row))


def seal_reason(row: NotPaged, text: str) -> bytes:
    """Why nobody was paged, sealed for this row."""
    place = Place(model=NotPaged._meta.label, field="sealed_reason", row=row.pk)
    return seal_document(Sentence(text=text), scope=Scope.patient(row.patient_id), place=place)


def _view_place(row: OwnersView) -> Place:
    return Place(model=OwnersView._meta.label, field="sealed", row=row.pk)


def _page_place(page_id: UUID) -> Place:
    return Place(model=Page._meta.label, field="sealed", row=page_id)
