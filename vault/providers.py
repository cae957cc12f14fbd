"""Who holds the key-encryption keys: a file, the environment, or (in tests) memory, behind one small interface.

A wrapped data key is bound to its own row: the context (ids only, it may appear in a key service's log) is part of the
associated data, so that somebody who may write to the table cannot exchange two wrapped keys.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from vault import keysets
from vault.blobs import KEY_BYTES, NONCE_BYTES
from vault.errors import KeyFileUnreadable, ProviderError, UnknownProviderKey, WrappedKeyDoesNotOpen
from vault.keysets import Keyset
from vault.scopes import length_prefixed

Context = Mapping[str, str]


@dataclass(frozen=True)
class Wrapped:
    """A data key under a provider's key, and that key's name."""

    provider_key: str
    blob: bytes


@dataclass(frozen=True)
class Health:
    """Whether a provider can do its work now, and in words what is wrong when it cannot."""

    is_good: bool
    words: str = ""


class KeyProvider(Protocol):
    """What holds the key-encryption keys. A key service behind this interface never shows them."""

    def wrap(self, key: bytes, context: Context) -> Wrapped: ...

    def unwrap(self, wrapped: Wrapped, context: Context) -> bytes: ...

    def rewrap(self, wrapped: Wrapped, context: Context) -> Wrapped: ...

    def primary(self) -> str: ...

    def turn(self) -> str: ...

    def health(self) -> Health: ...


class KeysetProvider:
    """Wraps with a keyset held in this process, by AES-256-GCM with a random nonce per wrap."""

    def __init__(self, keyset: Keyset) -> None:
        self._keyset = keyset

    def wrap(self, key: bytes, context: Context) -> Wrapped:
        """The key under the primary key, bound to the context."""
        keyset = self._fresh()
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(keyset.key(keyset.primary))
        return Wrapped(keyset.primary, nonce + cipher.encrypt(nonce, key, _bound(keyset.primary, context)))

    def unwrap(self, wrapped: Wrapped, context: Context) -> bytes:
        """The key. Raises UnknownProviderKey, or WrappedKeyDoesNotOpen for a changed key or another row's."""
        cipher = AESGCM(self._key(wrapped.provider_key))
        nonce, ciphertext = wrapped.blob[:NONCE_BYTES], wrapped.blob[NONCE_BYTES:]
        if len(wrapped.blob) != NONCE_BYTES + KEY_BYTES + 16:
            raise WrappedKeyDoesNotOpen
        try:
            return cipher.decrypt(nonce, ciphertext, _bound(wrapped.provider_key, context))
        except InvalidTag:
            raise WrappedKeyDoesNotOpen from None

    def rewrap(self, wrapped: Wrapped, context: Context) -> Wrapped:
        """The same key under the primary key."""
        return self.wrap(self.unwrap(wrapped, context), context)

    def primary(self) -> str:
        """The name of the key that wraps what is new."""
        return self._fresh().primary

    def turn(self) -> str:
        """A new primary key, by name. Raises ProviderError where keys are not this provider's to make."""
        raise ProviderError(
            "This provider does not make keys. Put a new key first in READBACK_KEK, keep the old ones behind it, "
            "start again, then run this once more."
        )

    def health(self) -> Health:
        """Good when a key wrapped now can be unwrapped now."""
        probe, context = secrets.token_bytes(KEY_BYTES), {"probe": "health"}
        try:
            if self.unwrap(self.wrap(probe, context), context) == probe:
                return Health(is_good=True)
        except ProviderError as exc:
            return Health(is_good=False, words=str(exc))
        return Health(is_good=False, words="A key that was wrapped came back changed.")

    def _fresh(self) -> Keyset:
        return self._keyset

    def _key(self, name: str) -> bytes:
        return self._keyset.key(name)


class FileProvider(KeysetProvider):
    """Keeps the keyset in a file. Looks at it again for each wrap, and when it meets a key name that it does not know.

    So a rotation by another process is followed without a restart, and a file whose mode was widened stops the next
    wrap. What was unwrapped stays readable from the cache meanwhile: a mistake at the file must not darken a ward.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(keysets.read(path))

    def turn(self) -> str:
        """A new primary key, on disk before this returns."""
        self._keyset = keysets.turn(self.path)
        return self._keyset.primary

    def _fresh(self) -> Keyset:
        self._keyset = keysets.read(self.path)
        return self._keyset

    def _key(self, name: str) -> bytes:
        try:
            return self._keyset.key(name)
        except UnknownProviderKey:
            return self._fresh().key(name)


def _bound(provider_key: str, context: Context) -> bytes:
    parts = [b"readback-wrap/1", provider_key.encode()]
    for name in sorted(context):
        parts += [name.encode(), context[name].encode()]
    return length_prefixed(parts)


def _from_environment(text: str) -> Keyset:
    """READBACK_KEK is "name:base64" of 32 bytes, several separated by commas; the first is the primary."""
    try:
        pairs = [entry.strip().partition(":") for entry in text.split(",") if entry.strip()]
        keys = {name: base64.b64decode(secret, validate=True) for name, _, secret in pairs}
    except (ValueError, binascii.Error):
        raise KeyFileUnreadable("READBACK_KEK is not name:base64[,name:base64...].") from None
    if not keys or any(len(key) != KEY_BYTES for key in keys.values()) or "" in keys:
        raise KeyFileUnreadable("READBACK_KEK holds no key, or one that is not 32 bytes behind a name.")
    return Keyset(primary=next(iter(keys)), keys=keys, made=dict.fromkeys(keys, ""))


def _in_memory() -> Keyset:
    if "PYTEST_VERSION" not in os.environ:
        raise ProviderError("The key provider 'memory' is for tests only. Set READBACK_KEY_PROVIDER to file.")
    return Keyset(primary="memory", keys={"memory": b"a key that everybody may know..."}, made={"memory": ""})


@cache
def _provider(kind: str, path: Path, environment: str) -> KeyProvider:
    if kind == "file":
        return FileProvider(path)
    if kind == "environment":
        return KeysetProvider(_from_environment(environment))
    if kind == "memory":
        return KeysetProvider(_in_memory())
    raise ProviderError(f"READBACK_KEY_PROVIDER is {kind!r}; it must be file or environment.")


def provider() -> KeyProvider:
    """The provider that the settings name, made once. Raises ProviderError subclasses with what to do."""
    return _provider(settings.KEY_PROVIDER, Path(settings.KEY_FILE), os.environ.get("READBACK_KEK", ""))
