"""The sealed value itself, byte by byte. Pure: the key, its facts and the nonce come in as arguments.

    version(1)=1 | suite(1)=1 | data key id(16) | nonce(12) | commitment(32) | ciphertext and tag(16)

Suite 1 is AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. The key that encrypts and the commitment are both
derived from the data key by HKDF-SHA-256 (RFC 5869), so one never reveals the other. GCM alone does not commit to its
key: a blob can be made that opens under two. The commitment closes that, and is compared in constant time first.
"""

import hmac
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.errors import DoesNotOpen, NotSealed, TooLong, WrongKey
from vault.scopes import Place, Scope, length_prefixed

VERSION = 1
SUITE_AES_256_GCM = 1
KEY_BYTES = 32
NONCE_BYTES = 12
COMMITMENT_BYTES = 32
TAG_BYTES = 16
LONGEST_VALUE = 16 * 1024 * 1024
_HEADER = bytes([VERSION, SUITE_AES_256_GCM])
_ID_END = 2 + 16
_NONCE_END = _ID_END + NONCE_BYTES
_COMMITMENT_END = _NONCE_END + COMMITMENT_BYTES
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True, repr=False)
class OpenKey:
    """A data key ready for use: its cipher, what it commits to, and the facts that the associated data binds.

    No repr: a traceback with local variables must not show the key of the indexes.
    """

    id: UUID
    scope: Scope
    version: int
    cipher: AESGCM
    commitment: bytes
    index_key: bytes


class Parts(NamedTuple):
    """A sealed value taken apart. Nothing of it has been verified yet."""

    unverified_key_id: UUID
    nonce: bytes
    commitment: bytes
    ciphertext: bytes


def derive(data_key: bytes, purpose: bytes) -> bytes:
    """A 32-byte key for one purpose. Source: HKDF-SHA-256, RFC 5869, without salt (the input is a uniform key)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"readback/1 " + purpose).derive(data_key)


def open_key(data_key: bytes, *, key_id: UUID, scope: Scope, version: int) -> OpenKey:
    """The data key with what is derived from it: made once per load, so that a seal costs one GCM call."""
    return OpenKey(
        id=key_id,
        scope=scope,
        version=version,
        cipher=AESGCM(derive(data_key, b"encrypt")),
        commitment=derive(data_key, b"commit " + key_id.bytes),
        index_key=derive(data_key, b"index") if scope.kind == "index" else b"",
    )


def associated_data(key: OpenKey, place: Place) -> bytes:
    """What a sealed value is bound to. Moved to another row, field, model, scope or key, it does not open."""
    return length_prefixed(
        (
            b"readback/1",
            _HEADER,
            key.id.bytes,
            b"%d" % key.version,
            place.model.encode(),
            place.field.encode(),
            place.row.bytes,
            key.scope.kind.encode(),
            key.scope.id.bytes,
        )
    )


def pad(value: bytes) -> bytes:
    """The value behind its length, filled with zeros to a step of 64 bytes up to 1 KiB, of 256 above.

    A ciphertext is as long as its plaintext; without the steps the length alone would tell "none" from a diagnosis.
    """
    bare = _LENGTH_BYTES + len(value)
    step = 64 if bare <= 1024 else 256
    return len(value).to_bytes(_LENGTH_BYTES, "big") + value + bytes(-bare % step)


def unpad(padded: bytes) -> bytes:
    """The value that `pad` filled up. Raises DoesNotOpen for anything that `pad` does not make."""
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    value = padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if len(value) != length or pad(value) != padded:
        raise DoesNotOpen
    return value


def seal_with(key: OpenKey, value: bytes, *, place: Place, nonce: bytes) -> bytes:
    """The sealed value under a nonce that the caller answers for: never twice under one key. Use services.seal."""
    if len(value) > LONGEST_VALUE:
        raise TooLong
    ciphertext = key.cipher.encrypt(nonce, pad(value), associated_data(key, place))
    return b"".join((_HEADER, key.id.bytes, nonce, key.commitment, ciphertext))


def take_apart(blob: bytes | memoryview) -> Parts:
    """The parts of a sealed value. Raises NotSealed when it cannot be one: plaintext in a column ends here."""
    raw = bytes(blob)
    if raw[:2] != _HEADER or len(raw) < _COMMITMENT_END + TAG_BYTES:
        raise NotSealed
    return Parts(
        UUID(bytes=raw[2:_ID_END]), raw[_ID_END:_NONCE_END], raw[_NONCE_END:_COMMITMENT_END], raw[_COMMITMENT_END:]
    )


def unseal_with(key: OpenKey, parts: Parts, *, place: Place) -> bytes:
    """The value. Raises WrongKey by the commitment, compared first and in constant time, then DoesNotOpen."""
    if not hmac.compare_digest(key.commitment, parts.commitment):
        raise WrongKey
    try:
        padded = key.cipher.decrypt(parts.nonce, parts.ciphertext, associated_data(key, place))
    except InvalidTag:
        # The cause says nothing more, and a chained traceback must not carry the associated data to a log.
        raise DoesNotOpen from None
    return unpad(padded)
