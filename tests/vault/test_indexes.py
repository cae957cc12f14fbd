"""Blind indexes: equal for equal values, and for nothing else; worthless without the key."""

import hashlib

import pytest

from ledger.models import Event
from vault import keys
from vault.errors import KeyDestroyed
from vault.indexes import blind_index, normalise
from vault.models import DataKey
from vault.scopes import Scope
from vault.services import destroy

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("O'Brien-Müller ", "OBRIEN MULLER"),
        ("ＦＥＮＷＩＣＫＬＥ", "fenwickle"),
        ("Straße", "STRASSE"),
        ("MRN 00-417/3", "mrn00417 3"),
        ("Łukasz\u00a0Żak", "łukasz zak"),
        ("I\u0307", "i"),
    ],
)
def test_the_same_name_written_otherwise_is_found(one, same):
    assert normalise(one) == normalise(same)
    assert blind_index(one, purpose="family") == blind_index(same, purpose="family")


@pytest.mark.parametrize(("one", "other"), [("Noor", "Moor"), ("00417", "417"), ("कि", "कु"), ("", "0")])
def test_another_name_is_not_found(one, other):
    assert blind_index(one, purpose="family") != blind_index(other, purpose="family")


def test_an_index_is_16_bytes_and_the_same_in_every_process():
    first = blind_index("Fenwickle", purpose="family")
    keys.RING.forget_all()
    assert blind_index("Fenwickle", purpose="family") == first
    assert len(first) == 16


def test_one_value_has_another_index_in_another_facility():
    # Else the record numbers of two hospitals in one database could be matched without the key.
    assert blind_index("417", purpose="record_number:a") != blind_index("417", purpose="record_number:b")


def test_a_value_cannot_slide_into_the_purpose():
    assert blind_index("bc", purpose="a") != blind_index("c", purpose="ab")


def test_the_index_is_no_hash_that_anybody_could_compute():
    # The attack on an unkeyed hash: try every record number. Here each trial needs the key, which is wrapped.
    assert blind_index("417", purpose="p") not in {
        hashlib.sha256(text).digest()[:16] for text in (b"417", b"p417", b"\0\0\0\1p\0\0\0\x03417")
    }


def test_all_indexes_share_one_key():
    blind_index("a", purpose="p")
    blind_index("b", purpose="q")
    assert DataKey.objects.filter(scope_kind="index").count() == 1


def test_without_its_key_no_index_is_made_and_the_failure_is_on_record():
    blind_index("a", purpose="p")
    destroy(Scope.index())
    before = Event.objects.filter(event="vault.failed", reason="key_destroyed", patient_id=None).count()
    with pytest.raises(KeyDestroyed):
        blind_index("a", purpose="p")
    assert Event.objects.filter(event="vault.failed", reason="key_destroyed", patient_id=None).count() == before + 1
