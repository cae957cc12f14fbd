"""How this installation and its provider know each other's requests: HMAC-SHA-256 over the time and the body.

Both directions use one secret, and each signature says what it is for: what was signed to be sent opens no callback.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping

from django.conf import settings

SIGNATURE, TIMESTAMP = "Readback-Signature", "Readback-Timestamp"
# The clocks of two machines, and the way between them.
TOLERANCE_SECONDS = 300


def signature_headers(body: bytes, *, purpose: str) -> dict[str, str]:
    """The two headers of a request with this body, signed now."""
    timestamp = str(int(time.time()))
    return {TIMESTAMP: timestamp, SIGNATURE: sign(body, timestamp=timestamp, purpose=purpose)}


def sign(body: bytes, *, timestamp: str, purpose: str) -> str:
    """v1= and the MAC in hex. Source: HMAC, RFC 2104, over purpose, timestamp and body, a line break between them."""
    message = purpose.encode() + b"\n" + timestamp.encode() + b"\n" + body
    return "v1=" + hmac.new(settings.GATEWAY_SECRET.encode(), message, hashlib.sha256).hexdigest()


def is_signed(body: bytes, headers: Mapping[str, str], *, purpose: str) -> bool:
    """Whether the provider signed this body for this purpose in the last minutes. False where no secret is set.

    A request of yesterday has yesterday's time under its signature; one of the last minutes is told by its event's id,
    which is taken once (handover/reach/answers.py).
    """
    timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not settings.GATEWAY_SECRET or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    # In constant time: how much of a guess was right must not be told by how long the answer took.
    expected = sign(body, timestamp=timestamp, purpose=purpose)
    return hmac.compare_digest(expected.encode(), signature.encode())
