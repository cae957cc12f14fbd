"""The log's public key as people compare it: the line itself, and a fingerprint to read out on the telephone."""

from hashlib import sha256

from ledger.notes import key_of, vkey_of
from vault.errors import VaultError
from vault.signing import log_key

GROUPS, GROUP = 8, 4


def fingerprint(vkey: str) -> str:
    """The first 128 bits of the SHA-256 of the key's line, in groups of four: as verifier/verify.html shows it."""
    digest = sha256(vkey.encode()).hexdigest()
    return " ".join(digest[start : start + GROUP] for start in range(0, GROUPS * GROUP, GROUP))


def fingerprint_of() -> dict[str, str]:
    """`vkey` and `fingerprint` of this log, for a page; empty where its key cannot be read now."""
    try:
        vkey = vkey_of(key_of(log_key()))
    except VaultError:
        return {"vkey": "", "fingerprint": ""}
    return {"vkey": vkey, "fingerprint": fingerprint(vkey)}
