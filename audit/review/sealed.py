"""How the words of a flag lie in the database: under the patient's key, or the person's where there is no patient.

When a patient's key is destroyed the words about them go with it; that there was a case, and how it ended, stays.
"""

from typing import TypeVar

from pydantic import BaseModel

from audit.review.documents import Words, Worksheet
from audit.review.models import Breach, Flag, PatientMark
from vault.documents import seal_document, unseal_document
from vault.errors import KeyDestroyed
from vault.scopes import Place, Scope

T = TypeVar("T", bound=BaseModel)


def seal_words(flag: Flag, field: str, text: str) -> bytes:
    """A sentence of the case, sealed for its column."""
    return seal_document(Words(text=text), scope=scope_of(flag), place=_place(flag, field))


def words_of(flag: Flag, field: str) -> str | None:
    """The sentence in a column; "" where there is none, None where the data was erased. Raises VaultError."""
    found = _unsealed(Words, getattr(flag, field), scope_of(flag), _place(flag, field))
    return found if found is None else found.text


def seal_worksheet(flag: Flag, worksheet: Worksheet) -> bytes:
    """The worksheet of the flag's breach, sealed for its column."""
    return seal_document(worksheet, scope=scope_of(flag), place=_worksheet_place(flag))


def worksheet_of(breach: Breach) -> Worksheet | None:
    """The worksheet as it was kept; empty where it never was, None where the data was erased. Raises VaultError."""
    flag = breach.flag
    return _unsealed(Worksheet, breach.sealed_worksheet, scope_of(flag), _worksheet_place(flag))


def seal_why(mark: PatientMark, text: str) -> bytes:
    """Why a patient is marked, sealed under their key."""
    return seal_document(Words(text=text), scope=Scope.patient(mark.patient_id), place=_mark_place(mark))


def why_of(mark: PatientMark) -> str | None:
    """Why the patient was marked; None where the data was erased. Raises VaultError."""
    found = _unsealed(Words, mark.sealed_why, Scope.patient(mark.patient_id), _mark_place(mark))
    return found if found is None else found.text


def scope_of(flag: Flag) -> Scope:
    """Whose key the words of this flag are sealed under."""
    return Scope.patient(flag.patient_id) if flag.patient_id else Scope.person(flag.person_id)


def _unsealed(kind: type[T], blob: bytes | memoryview | None, scope: Scope, place: Place) -> T | None:
    if blob is None:
        return kind.model_validate({"text": ""} if kind is Words else {})
    try:
        return unseal_document(kind, blob, scope=scope, place=place)
    except KeyDestroyed:
        return None


def _place(flag: Flag, field: str) -> Place:
    return Place(model="review.Flag", field=field, row=flag.pk)


def _worksheet_place(flag: Flag) -> Place:
    return Place(model="review.Breach", field="sealed_worksheet", row=flag.pk)


def _mark_place(mark: PatientMark) -> Place:
    return Place(model="review.PatientMark", field="sealed_why", row=mark.pk)
