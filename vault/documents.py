"""Typed documents, sealed whole as JSON."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from vault import failures
from vault.errors import NotTheDocument
from vault.scopes import Place, Scope
from vault.services import seal, unseal

T = TypeVar("T", bound=BaseModel)


def seal_document(document: BaseModel, *, scope: Scope, place: Place) -> bytes:
    """The document, sealed for this place."""
    return seal(document.model_dump_json().encode(), scope=scope, place=place)


def unseal_document(kind: type[T], blob: bytes | memoryview, *, scope: Scope, place: Place) -> T:
    """The document of that kind. Raises VaultError subclasses; NotTheDocument when it is of another shape."""
    value = unseal(blob, scope=scope, place=place)
    try:
        return kind.model_validate_json(value)
    except ValidationError:
        # Not chained: pydantic's error quotes the input, and that is a patient's.
        error = NotTheDocument()
    failures.tell(error, act="unseal", scope=scope, place=place)
    raise error
