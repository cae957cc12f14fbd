"""The Ed25519 key that signs the log's checkpoints, and the check of anybody's Ed25519 signature.

    {"format": "readback-log-key/1", "origin": "ward.example/readback-5f1c09aa", "seed": base64, "made": time}

The key lies in a file of its own beside the vault's, kept with the same care. Whoever has it can sign another history;
what finds that is a witness, and everybody who kept a checkpoint. Whoever loses it begins another log: the origin in
the file names the log for ever, and each installation's is its own.
Source: RFC 8032.
"""

import base64
import binascii
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils import timezone

from vault import private_files
from vault.errors import BadSignature, KeyFileUnreadable, KeyFileUnsafe, ProviderError

FORMAT = "readback-log-key/1"
SEED_BYTES = PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
HOW_TO_MAKE = "`manage.py ledger init`"


@dataclass(frozen=True, repr=False)
class SigningKey:
    """The key of one log, and the log's origin. Never shown by repr."""

    origin: str
    seed: bytes

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


def verify_signature(public: bytes, *, message: bytes, signature: bytes) -> None:
    """The signature is that key's over that message. Raises BadSignature for everything else."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        raise BadSignature
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignature from None


def new_key(origin: str) -> SigningKey:
    """A new key for the log of this origin."""
    return SigningKey(origin=origin, seed=secrets.token_bytes(SEED_BYTES))


def text_of(key: SigningKey) -> str:
    """The key as its file holds it."""
    document = {
        "format": FORMAT,
        "origin": key.origin,
        "seed": base64.b64encode(key.seed).decode(),
        "made": timezone.now().isoformat(timespec="seconds"),
    }
    return json.dumps(document, indent=1) + "\n"


def parse(text: str) -> SigningKey:
    """The key of a file's text. Raises KeyFileUnreadable; no part of the text is in the error."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise KeyFileUnreadable(f"The log's key file is not of the format {FORMAT}.")
        key = SigningKey(origin=document["origin"], seed=base64.b64decode(document["seed"], validate=True))
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise KeyFileUnreadable("The log's key file was cut short or edited. Restore it.") from None
    if len(key.seed) != SEED_BYTES or not isinstance(key.origin, str) or not key.origin:
        raise KeyFileUnreadable("The log's key file has no origin, or a key of a wrong length. Restore it.")
    return key


def create(path: Path, origin: str) -> SigningKey:
    """A new key in a new file. Raises KeyFileUnsafe when there is one already: it is never written over."""
    with private_files.alone(path):
        if path.exists():
            raise KeyFileUnsafe(f"There is a key file at {path} already. It is never written over.")
        key = new_key(origin)
        private_files.write(path, text_of(key))
    return key


def read(path: Path) -> SigningKey:
    """The key in the file. Raises KeyFileMissing, KeyFileUnsafe or KeyFileUnreadable, each with what to do."""
    return parse(private_files.read(path, how_to_make=HOW_TO_MAKE))


@cache
def _in_memory() -> SigningKey:
    if "PYTEST_VERSION" not in os.environ:
        raise ProviderError("The key provider 'memory' is for tests only. Set READBACK_KEY_PROVIDER to file.")
    return SigningKey(origin="readback.example/test-log", seed=b"a seed that everybody may know..")


def log_key() -> SigningKey:
    """This installation's key. Raises ProviderError subclasses with what to do.

    The file is looked at anew each time: one whose mode was widened stops the next checkpoint.
    """
    if settings.KEY_PROVIDER == "memory":
        return _in_memory()
    return read(Path(settings.LOG_KEY_FILE))
