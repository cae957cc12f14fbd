"""The primitives against published vectors, and our own layout against a second, independent derivation.

Sources: McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16 (the ones NIST took over);
RFC 5869 A.1 and A.3; RFC 4231 4.3.
"""

import hashlib
import hmac
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault import blobs
from vault.scopes import Place, Scope, length_prefixed

GCM = [
    ("00" * 32, "00" * 12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    (
        "00" * 32,
        "00" * 12,
        "",
        "00" * 16,
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ),
    (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
]


@pytest.mark.parametrize(("key", "nonce", "bound", "plain", "sealed"), GCM)
def test_the_cipher_gives_the_published_answers(key, nonce, bound, plain, sealed):
    cipher = AESGCM(bytes.fromhex(key))
    nonce, bound = bytes.fromhex(nonce), bytes.fromhex(bound)
    assert cipher.encrypt(nonce, bytes.fromhex(plain), bound).hex() == sealed
    assert cipher.decrypt(nonce, bytes.fromhex(sealed), bound).hex() == plain


@pytest.mark.parametrize(("key", "nonce", "bound", "plain", "sealed"), GCM)
def test_the_cipher_refuses_the_published_answers_with_one_bit_changed(key, nonce, bound, plain, sealed):
    changed = bytearray.fromhex(sealed)
    changed[-1] ^= 1
    with pytest.raises(InvalidTag):
        AESGCM(bytes.fromhex(key)).decrypt(bytes.fromhex(nonce), bytes(changed), bytes.fromhex(bound))


@pytest.mark.parametrize(
    ("ikm", "salt", "info", "okm"),
    [
        (
            "0b" * 22,
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            "0b" * 22,
            "",
            "",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_the_derivation_gives_the_published_answers(ikm, salt, info, okm):
    derived = HKDF(algorithm=SHA256(), length=42, salt=bytes.fromhex(salt), info=bytes.fromhex(info))
    assert derived.derive(bytes.fromhex(ikm)).hex() == okm
    assert second_hkdf(bytes.fromhex(ikm), bytes.fromhex(info), salt=bytes.fromhex(salt), length=42).hex() == okm


def test_the_index_hash_gives_the_published_answer():
    answer = hmac.new(b"Jefe", b"what do ya want for nothing?", hashlib.sha256).hexdigest()
    assert answer == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def second_hkdf(ikm, info, *, salt=b"", length=32):
    """RFC 5869 by hand, from hmac alone: a second derivation to hold the first against."""
    extracted = hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(extracted, block + info + bytes([counter]), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]


KEY_ID = UUID("0f0e0d0c-0b0a-4908-8706-050403020100")
SCOPE = Scope("patient", UUID("11111111-1111-4111-8111-111111111111"))
PLACE = Place("patients.Patient", "sealed_identity", UUID("22222222-2222-4222-8222-222222222222"))
DATA_KEY = bytes(range(32))
NONCE = bytes(range(12))


def test_a_sealed_value_is_laid_out_as_written_byte_by_byte():
    key = blobs.open_key(DATA_KEY, key_id=KEY_ID, scope=SCOPE, version=3)
    blob = blobs.seal_with(key, b"no known allergy", place=PLACE, nonce=NONCE)

    # Put together here from the description alone, not from the module's own functions.
    def prefixed(*parts):
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    bound = prefixed(
        b"readback/1",
        b"\x01\x01",
        KEY_ID.bytes,
        b"3",
        b"patients.Patient",
        b"sealed_identity",
        PLACE.row.bytes,
        b"patient",
        SCOPE.id.bytes,
    )
    padded = (16).to_bytes(4, "big") + b"no known allergy" + bytes(64 - 20)
    ciphertext = AESGCM(second_hkdf(DATA_KEY, b"readback/1 encrypt")).encrypt(NONCE, padded, bound)
    commitment = second_hkdf(DATA_KEY, b"readback/1 commit " + KEY_ID.bytes)
    assert blob == b"\x01\x01" + KEY_ID.bytes + NONCE + commitment + ciphertext


def test_a_value_sealed_by_the_first_release_still_opens():
    key = blobs.open_key(DATA_KEY, key_id=KEY_ID, scope=SCOPE, version=3)
    assert blobs.unseal_with(key, blobs.take_apart(bytes.fromhex(FIRST_RELEASE)), place=PLACE) == b"no known allergy"


# Frozen: when this one must change, every sealed column in every hospital must be sealed again.
FIRST_RELEASE = (
    "01010f0e0d0c0b0a49088706050403020100000102030405060708090a0bc175cca580268a141636bee6a497429ca33ad8f5"
    "8958e42abcdd751582b0410f4b691e0df37c0d0a30ef872ffe52b53cf9e7cd985cd75732f26249ed838c0445373061feaf7e"
    "0c7096c42902397e4da6196bed6fcf8776c2d7a1e852133f1431287c938f1304b7fd257ed63886ab3e18"
)


def test_two_lists_of_parts_never_give_the_same_bytes():
    assert length_prefixed([b"ab", b"c"]) != length_prefixed([b"a", b"bc"])
    assert length_prefixed([b"a", b""]) != length_prefixed([b"a"])
