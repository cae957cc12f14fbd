"""The sealed value against whoever may write to the column: every change and every move must end in an error."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault import blobs
from vault.errors import DoesNotOpen, NotSealed, TooLong, VaultError, WrongKey
from vault.scopes import Place, Scope

NONCE = b"n" * 12


def a_key(byte=b"k", *, key_id=None, scope=None, version=1):
    return blobs.open_key(byte * 32, key_id=key_id or uuid4(), scope=scope or Scope.patient(uuid4()), version=version)


def a_place(**other):
    known = {"model": "patients.Patient", "field": "sealed_identity", "row": uuid4()}
    return Place(**{**known, **other})


def opened(key, blob, place):
    return blobs.unseal_with(key, blobs.take_apart(blob), place=place)


@given(value=st.binary(max_size=5000))
@settings(deadline=None)
def test_what_was_sealed_comes_back(value):
    key, place = a_key(), a_place()
    assert opened(key, blobs.seal_with(key, value, place=place, nonce=NONCE), place) == value


def test_it_refuses_a_flip_of_any_single_bit():
    # Each region has its guard: version and suite by comparison, key id by the associated data (here the key is
    # given), nonce and ciphertext by the tag, commitment by comparison. Together they leave no bit free.
    key, place = a_key(), a_place()
    blob = blobs.seal_with(key, b"allergic to penicillin", place=place, nonce=NONCE)
    unguarded = []
    for bit in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << (bit % 8)
        parts_changed_id = 2 <= bit // 8 < 18
        try:
            parts = blobs.take_apart(bytes(changed))
            if parts_changed_id:
                # The id chooses the key: a changed one finds none, or another scope's, in services.unseal.
                assert parts.unverified_key_id != key.id
                continue
            blobs.unseal_with(key, parts, place=place)
            unguarded.append(bit)
        except VaultError:
            continue
    assert unguarded == []


def test_it_refuses_every_truncation():
    key, place = a_key(), a_place()
    blob = blobs.seal_with(key, b"x" * 300, place=place, nonce=NONCE)
    for length in range(len(blob)):
        with pytest.raises(VaultError):
            opened(key, blob[:length], place)


def test_it_refuses_an_extension():
    key, place = a_key(), a_place()
    blob = blobs.seal_with(key, b"x", place=place, nonce=NONCE)
    with pytest.raises(DoesNotOpen):
        opened(key, blob + b"\0", place)


@pytest.mark.parametrize("column", [b"", b"no known allergy", b"\x01\x01", b"\x00" * 200, b'{"family": "x"}' * 20])
def test_plaintext_in_the_column_is_an_error_and_never_a_value(column):
    # The failure of the libraries that were looked at: they catch the error and give back the raw column.
    with pytest.raises(NotSealed):
        blobs.take_apart(column)


@pytest.mark.parametrize("header", [b"\x02\x01", b"\x01\x02", b"\x00\x00", b"\xff\xff"])
def test_it_refuses_an_unknown_version_or_suite(header):
    key = a_key()
    blob = blobs.seal_with(key, b"x", place=a_place(), nonce=NONCE)
    with pytest.raises(NotSealed):
        blobs.take_apart(header + blob[2:])


def test_it_refuses_another_key_by_the_commitment_before_it_decrypts():
    # GCM is not key-committing: one ciphertext can be made that opens under two keys, with two meanings. Whoever could
    # choose the key would choose the meaning. The commitment is a hash of the key: no second key has it.
    key, place = a_key(b"k"), a_place()
    other = a_key(b"o", key_id=key.id, scope=key.scope)
    with pytest.raises(WrongKey):
        opened(other, blobs.seal_with(key, b"x", place=place, nonce=NONCE), place)


def test_a_borrowed_commitment_does_not_help_another_key():
    key, place = a_key(b"k"), a_place()
    other = a_key(b"o", key_id=key.id, scope=key.scope)
    blob = bytearray(blobs.seal_with(other, b"x", place=place, nonce=NONCE))
    blob[30:62] = key.commitment
    with pytest.raises(DoesNotOpen):
        opened(key, bytes(blob), place)


SCOPES = [Scope("patient", uuid4()), Scope("patient", uuid4()), Scope("person", uuid4())]
SCOPES.append(Scope("person", SCOPES[0].id))
ROWS = [uuid4(), uuid4(), uuid4()]
corners = st.tuples(
    st.sampled_from(SCOPES),
    st.sampled_from(["patients.Patient", "patients.SummaryVersion", "transfers.Question"]),
    st.sampled_from(["sealed", "sealed_identity", "sealed_headline"]),
    st.sampled_from(ROWS),
    st.sampled_from([1, 2, 11]),
)


@given(sealed_at=corners, opened_at=corners)
@settings(deadline=None, max_examples=2000)
def test_a_value_opens_where_it_was_sealed_and_nowhere_else(sealed_at, opened_at):
    # One data key and one key id for all corners: only the associated data tells them apart. So this holds even for
    # two fields of one patient, whose key is the same.
    key_id = uuid4()

    def at(corner):
        scope, model, field, row, version = corner
        return a_key(b"k", key_id=key_id, scope=scope, version=version), Place(model, field, row)

    key, place = at(sealed_at)
    blob = blobs.seal_with(key, b"code status: full", place=place, nonce=NONCE)
    key, place = at(opened_at)
    if sealed_at == opened_at:
        assert opened(key, blob, place) == b"code status: full"
    else:
        with pytest.raises(DoesNotOpen):
            opened(key, blob, place)


@given(model=st.text(max_size=6), field=st.text(max_size=6), moved=st.integers(min_value=1, max_value=6))
@settings(deadline=None)
def test_no_text_slides_from_one_part_of_the_binding_into_the_next(model, field, moved):
    joined = model + field
    key, row = a_key(), uuid4()
    here, there = Place(model, field, row), Place(joined[:moved], joined[moved:], row)
    if here != there:
        assert blobs.associated_data(key, here) != blobs.associated_data(key, there)


@pytest.mark.parametrize(
    ("length", "padded"),
    [(0, 64), (1, 64), (60, 64), (61, 128), (1020, 1024), (1021, 1280), (1276, 1280), (1277, 1536)],
)
def test_a_length_is_hidden_in_steps_of_64_and_256_bytes(length, padded):
    # "none known" and a short list of allergies must not be told apart by the size of the column.
    assert len(blobs.pad(bytes(length))) == padded


@given(padded=st.binary(max_size=200))
def test_it_takes_no_padding_that_it_does_not_make(padded):
    try:
        value = blobs.unpad(padded)
    except DoesNotOpen:
        return
    assert blobs.pad(value) == padded


def test_it_refuses_a_value_that_is_too_long():
    with pytest.raises(TooLong):
        blobs.seal_with(a_key(), bytes(blobs.LONGEST_VALUE + 1), place=a_place(), nonce=NONCE)


def test_a_key_shows_nothing_of_itself():
    shown = repr(a_key(b"k"))
    assert "kkk" not in shown
    assert "6b6b6b" not in shown
