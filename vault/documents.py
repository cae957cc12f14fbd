"""Typed documents, sealed whole as JSON."""

from hashlib import sha256
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


def seal_digested(document: BaseModel, *, scope: Scope, place: Place) -> tuple[bytes, str]:
    """The document sealed for this place, and the SHA-256 in hex of the bytes that were sealed.

    The digest goes into the log and stays there, so the document carries a salt: without it whoever guesses a short
    sentence would know by the digest that it was said, of somebody whose key was destroyed.
    """
    value = document.model_dump_json().encode()
    return seal(value, scope=scope, place=place), sha256(value).hexdigest()


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
