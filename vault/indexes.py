"""Blind indexes: equal values are found without being readable.

An index value is HMAC-SHA-256 under a key of its own, truncated to 128 bits. It tells whoever reads the database that
two values are equal, and nothing else; without the key nobody can try names. Never index a value that few people share
the range of (a birth date, a sex) alone: its frequencies would give it away.
"""

import hashlib
import hmac
import unicodedata

from vault import failures, keys
from vault.errors import VaultError
from vault.scopes import Scope, length_prefixed

INDEX_BYTES = 16
_IGNORED = frozenset("PZSC")


def normalise(value: str) -> str:
    """The value as it is compared: without accents, case, punctuation and space.

    "O'Brien-Müller " and "OBRIEN MULLER" are one. Marks that are letters of their script (vowel signs) stay.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold())
    return "".join(
        char for char in folded if not unicodedata.combining(char) and unicodedata.category(char)[0] not in _IGNORED
    )


def blind_index(value: str, *, purpose: str) -> bytes:
    """16 bytes that are equal for equal values of one purpose ("record_number:<facility>"), and for nothing else.

    Raises VaultError subclasses. Source: HMAC, RFC 2104 and FIPS 198-1; truncation as in NIST SP 800-107 5.3.4.
    """
    try:
        key = keys.active_key(Scope.index())
    except VaultError as error:
        failures.tell(error, act="index", scope=Scope.index())
        raise
    message = length_prefixed((purpose.encode(), normalise(value).encode()))
    return hmac.new(key.index_key, message, hashlib.sha256).digest()[:INDEX_BYTES]
