"""Seal and open values, and erase what a key sealed. The only way in: nothing outside this room sees a key.

Each failure is an exception, and is on record even when the caller's transaction rolls back.
"""

from collections.abc import Iterable
from secrets import token_bytes

from django.db import transaction

from vault import blobs, failures, keys
from vault.blobs import NONCE_BYTES
from vault.errors import ProviderError, VaultError
from vault.models import DataKey
from vault.providers import Health, provider
from vault.scopes import Place, Scope

__all__ = ["Place", "Scope", "destroy", "health", "prepare", "seal", "unseal"]


def seal(value: bytes, *, scope: Scope, place: Place) -> bytes:
    """The value sealed for this place alone, under the scope's data key, which is made when there is none.

    Raises VaultError subclasses. Source: AES-256-GCM, NIST SP 800-38D; the layout is in vault/blobs.py.
    """
    try:
        key = keys.active_key(scope)
        keys.count_seal(key)
        return blobs.seal_with(key, value, place=place, nonce=token_bytes(NONCE_BYTES))
    except VaultError as error:
        failures.tell(error, act="seal", scope=scope, place=place)
        raise


def unseal(blob: bytes | memoryview, *, scope: Scope, place: Place) -> bytes:
    """The value that was sealed for this scope and place.

    Raises VaultError subclasses for everything else: a changed bit, another row's value, plaintext in the column, a
    destroyed key. There is no fallback.
    """
    try:
        parts = blobs.take_apart(blob)
        key = keys.key_of(parts.unverified_key_id, scope=scope)
        return blobs.unseal_with(key, parts, place=place)
    except VaultError as error:
        failures.tell(error, act="unseal", scope=scope, place=place)
        raise


def prepare(scopes: Iterable[Scope]) -> None:
    """The data keys of these scopes are at hand, by one query: before a list of patients is opened row by row."""
    keys.load(scopes)


def destroy(scope: Scope) -> int:
    """How many data keys of this scope were erased. In the caller's transaction; what they sealed is gone for ever.

    The wrapped keys also lie in backups: erasure is complete when the last backup that holds them is gone. Other
    processes may open values with a cached key for five more minutes (vault/keys.py).
    """
    erased = (
        DataKey.objects.filter(scope_kind=scope.kind, scope_id=scope.id)
        .exclude(state=DataKey.State.DESTROYED)
        .update(state=DataKey.State.DESTROYED, wrapped=b"", provider_key="")
    )
    keys.RING.forget(scope)
    # Again after the commit: until then a reader beside this transaction still finds the key, and keeps it.
    transaction.on_commit(lambda: keys.RING.forget(scope))
    return erased


def health() -> Health:
    """Whether the provider wraps and unwraps, and can unwrap the newest data key: the right keys, not just keys."""
    try:
        found = provider().health()
        if found.is_good:
            keys.require_newest_opens()
    except ProviderError as error:
        return Health(is_good=False, words=str(error))
    return found
