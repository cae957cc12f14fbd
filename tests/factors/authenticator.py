"""An authenticator of the tests' own: signs what a server asks for, or something a little else, as an attacker would.

Source: W3C Web Authentication Level 3, 6.1 (authenticator data), 7.2 (what is signed).
"""

import json
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from uuid import uuid4

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

PRESENT, VERIFIED, BACKUP_ELIGIBLE = 0x01, 0x04, 0x08


class Authenticator:
    """One passkey of one person. `is_copied`: it says of itself that it may be on other devices too."""

    def __init__(self, person, *, is_copied=False):
        from django_otp_webauthn.models import WebAuthnCredential

        self.private = ec.generate_private_key(ec.SECP256R1())
        self.flags = PRESENT | (BACKUP_ELIGIBLE if is_copied else 0)
        self.id, self.uses = uuid4().bytes, 0
        self.row = WebAuthnCredential.objects.create(
            user=person,
            name="Phone",
            confirmed=True,
            credential_id=self.id,
            credential_id_sha256=WebAuthnCredential.get_credential_id_sha256(self.id),
            public_key=self._public(),
            aaguid=str(uuid4()),
            backup_eligible=is_copied,
        )

    def _public(self):
        point = self.private.public_key().public_numbers()
        # COSE_Key: EC2, ES256, P-256 (RFC 9053, 7.1).
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def as_chromium_holds_it(self):
        """For the virtual authenticator of a browser (WebAuthn.addCredential of the DevTools protocol)."""
        form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        told = {
            "credentialId": self.id,
            "userHandle": self.row.user.pk.bytes,
            "privateKey": self.private.private_bytes(*form),
        }
        known = {"rpId": settings.PASSKEY_NAME, "isResidentCredential": True, "signCount": 0}
        return {**known, **{name: b64encode(raw).decode() for name, raw in told.items()}}

    def answer(self, options, *, origin=None, name=None, kind="webauthn.get", is_verified=True):
        """What a browser posts after these options: signed, with a counter that goes up."""
        self.uses += 1
        told = {"type": kind, "challenge": options["challenge"], "origin": origin or settings.ORIGINS[0]}
        client_data = json.dumps(told).encode()
        flags = self.flags | (VERIFIED if is_verified else 0)
        site = sha256((name or settings.PASSKEY_NAME).encode()).digest()
        data = site + bytes([flags]) + self.uses.to_bytes(4, "big")
        signature = self.private.sign(data + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": text(client_data), "authenticatorData": text(data), "signature": text(signature)}
        made = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
        return {**made, "clientExtensionResults": {}}


def text(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
