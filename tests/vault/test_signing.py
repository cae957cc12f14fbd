"""The log's key: made once, kept apart, and refused when somebody else may have read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vault import signing
from vault.errors import BadSignature, KeyFileMissing, KeyFileUnreadable, KeyFileUnsafe, ProviderError

# RFC 8032 section 7.1, tests 1 and 2: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]
KEY = signing.SigningKey("readback.example/log", b"k" * 32)


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_it_signs_as_the_rfc_says(seed, public, message, signature):
    key = signing.SigningKey("rfc", bytes.fromhex(seed))
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    signing.verify_signature(key.public, message=bytes.fromhex(message), signature=bytes.fromhex(signature))


@given(some.binary(max_size=40), some.binary(max_size=80), some.binary(max_size=80))
def test_no_other_signature_is_taken(public, message, signature):
    with pytest.raises(BadSignature):
        signing.verify_signature(public, message=message, signature=signature)
    with pytest.raises(BadSignature):
        signing.verify_signature(KEY.public, message=message, signature=signature)


def test_a_new_key_is_its_owners_alone_and_comes_back(tmp_path):
    path = tmp_path / "keys" / "log.json"
    key = signing.create(path, "readback.example/log")
    assert signing.read(path) == key
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_never_written_over(tmp_path):
    key = signing.create(tmp_path / "log.json", "readback.example/log")
    with pytest.raises(KeyFileUnsafe, match="never written over"):
        signing.create(tmp_path / "log.json", "readback.example/log")
    assert signing.read(tmp_path / "log.json") == key


def test_a_key_that_others_may_read_signs_nothing(tmp_path):
    signing.create(tmp_path / "log.json", "readback.example/log")
    (tmp_path / "log.json").chmod(0o640)
    with pytest.raises(KeyFileUnsafe, match="read by others"):
        signing.read(tmp_path / "log.json")


def test_a_missing_key_says_how_one_is_made(tmp_path):
    with pytest.raises(KeyFileMissing, match="ledger init"):
        signing.read(tmp_path / "log.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"format": "readback-keyset/1"}',
        '{"format": "readback-log-key/1", "origin": "a", "seed": "AAAA"}',
        '{"format": "readback-log-key/1", "origin": "a", "seed": "!"}',
        '{"format": "readback-log-key/1", "origin": "a", "seed": 7}',
        signing.text_of(KEY).replace('"readback.example/log"', '""'),
        signing.text_of(KEY).replace('"readback.example/log"', "7"),
        signing.text_of(KEY)[:-9],
    ],
)
def test_a_key_file_that_was_edited_is_refused_without_showing_it(text):
    with pytest.raises(KeyFileUnreadable) as refused:
        signing.parse(text)
    assert signing.text_of(KEY).split('"seed": "')[1][:10] not in str(refused.value)


def test_a_key_is_not_shown():
    assert "kkkk" not in repr(KEY)


def test_the_key_in_memory_is_for_tests_alone(settings, monkeypatch):
    settings.KEY_PROVIDER = "memory"
    signing._in_memory.cache_clear()
    monkeypatch.delenv("PYTEST_VERSION")
    with pytest.raises(ProviderError, match="for tests only"):
        signing.log_key()
