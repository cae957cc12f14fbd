"""What a push service may carry: a few bytes that only one browser can open, and who sends them.

The content is encrypted for the keys that the browser gave with its subscription (RFC 8291, one record of the encoding
aes128gcm of RFC 8188). Every content is filled up to one length, so that the service learns nothing from its size. The
sender shows itself by a signed token for that service alone (RFC 8292, ES256): a subscription that leaks is of no use
to whoever has no such key.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vault.errors import NotAPushKey, TooLong

POINT_BYTES = 65
AUTH_BYTES = 16
SCALAR_BYTES = 32
SALT_BYTES = 16
RECORD_BYTES = 4096
# Each content, whatever it says, with its delimiter and its filling.
CONTENT_BYTES = 128
# RFC 8292 allows a day. A token is made anew for each message, and needs to outlive a wrong clock only.
TOKEN_LASTS = timedelta(hours=12)
_LAST_RECORD = b"\x02"
_CURVE = ec.SECP256R1()


@dataclass(frozen=True, repr=False)
class Browser:
    """For whom a content is encrypted: the point (65 bytes) and the secret (16 bytes) of a subscription.

    Raises NotAPushKey when they cannot be that.
    """

    point: bytes
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != AUTH_BYTES:
            raise NotAPushKey
        _public(self.point)


@dataclass(frozen=True, repr=False)
class SenderKey:
    """The key by which a push service knows this installation: a P-256 scalar of 32 bytes. Never shown by repr."""

    scalar: bytes

    @property
    def point(self) -> bytes:
        """The public key, 65 bytes: what a browser is told when it subscribes."""
        return _point_of(_private(self.scalar))

    def authorization(self, endpoint: str, *, contact: str, at: datetime) -> str:
        """The header Authorization of a message to this endpoint. `contact` is an address as mailto: or https:."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((at + TOKEN_LASTS).timestamp()),
            "sub": contact,
        }
        signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(_private(self.scalar).sign(signed.encode(), ec.ECDSA(SHA256())))
        signature = r.to_bytes(SCALAR_BYTES, "big") + s.to_bytes(SCALAR_BYTES, "big")
        return f"vapid t={signed}.{text(signature)}, k={text(self.point)}"


def new_sender_key() -> SenderKey:
    """A new key. Every subscription is bound to it: whoever loses it asks every browser anew."""
    scalar = ec.generate_private_key(_CURVE).private_numbers().private_value
    return SenderKey(scalar.to_bytes(SCALAR_BYTES, "big"))


def encrypt(content: bytes, browser: Browser) -> bytes:
    """The body of a message that only this browser opens; its length is always the same. Raises TooLong."""
    salt, own = secrets.token_bytes(SALT_BYTES), ec.generate_private_key(_CURVE)
    return encrypt_with(content, browser, own=own, salt=salt, length=CONTENT_BYTES)


def encrypt_with(
    content: bytes, browser: Browser, *, own: ec.EllipticCurvePrivateKey, salt: bytes, length: int
) -> bytes:
    """The same by a given key and salt: each may serve once. The content is filled up to `length` bytes.

    Source: RFC 8291, 3.4 and 4; RFC 8188, 2.1 to 2.3.
    """
    if len(content) >= length:
        raise TooLong
    filled = (content + _LAST_RECORD).ljust(length, b"\0")
    shared, point = own.exchange(ec.ECDH(), _public(browser.point)), _point_of(own)
    mixed = _derived(shared, salt=browser.secret, info=b"WebPush: info\0" + browser.point + point, length=32)
    key = _derived(mixed, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(mixed, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(point)]) + point
    return header + AESGCM(key).encrypt(nonce, filled, None)


def text(value: bytes) -> str:
    """The bytes as browsers and tokens write them: base64 for addresses, without filling."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def parse(value: str) -> bytes:
    """The bytes of such a text. Raises NotAPushKey for anything else, another spelling of the same bytes included."""
    try:
        found = base64.b64decode(value.encode("ascii") + b"=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise NotAPushKey from None
    if text(found) != value:
        raise NotAPushKey
    return found


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _private(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(scalar, "big"), _CURVE)


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    # The compressed form names the same point, but is not what a browser gives; and a point off the curve would tell
    # about the private key that meets it.
    if len(point) != POINT_BYTES:
        raise NotAPushKey
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError:
        raise NotAPushKey from None


def _point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _json(value: dict[str, object]) -> str:
    return text(json.dumps(value, separators=(",", ":")).encode())
