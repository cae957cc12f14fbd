"""Sealing and opening as the rooms above use it, against whoever may write to the tables."""

from uuid import uuid4

import pytest
from pydantic import BaseModel, ConfigDict

from config.roles import as_owner
from ledger.models import Event
from tests.guards import unguarded
from vault import keys, keysets
from vault.documents import seal_document, unseal_document
from vault.errors import (
    DoesNotOpen,
    KeyDestroyed,
    KeyOfAnotherScope,
    NotSealed,
    NotTheDocument,
    UnknownKey,
    UnknownProviderKey,
    VaultError,
    WrappedKeyDoesNotOpen,
)
from vault.models import DataKey
from vault.providers import provider
from vault.scopes import Place, Scope
from vault.services import destroy, health, prepare, seal, unseal

pytestmark = pytest.mark.django_db


class Allergies(BaseModel):
    model_config = ConfigDict(extra="forbid")
    substance: str


def another_process():
    """What a process that has just started knows: nothing."""
    keys.RING.forget_all()


def failures_of(scope):
    return list(Event.objects.filter(event="vault.failed", patient_id=scope.id).values_list("reason", flat=True))


def test_a_value_opens_in_another_process(scope, place):
    blob = seal(b"allergic to penicillin", scope=scope, place=place)
    another_process()
    assert unseal(memoryview(blob), scope=scope, place=place) == b"allergic to penicillin"


def test_one_value_sealed_twice_gives_two_blobs_that_share_nothing_but_the_key(scope, place):
    first, second = (seal(b"watcher", scope=scope, place=place) for _ in range(2))
    assert first[18:30] != second[18:30]
    assert first[62:] != second[62:]


def test_a_patient_has_one_key_for_all_values(scope):
    for field in ("sealed_identity", "sealed_headline"):
        seal(b"x", scope=scope, place=Place("patients.Patient", field, uuid4()))
    assert DataKey.objects.filter(scope_kind="patient", scope_id=scope.id).count() == 1


def test_neither_the_value_nor_the_key_is_in_the_database(scope, place, monkeypatch):
    drawn = []
    monkeypatch.setattr(keys, "token_bytes", lambda count: drawn.append(bytes(range(count))) or drawn[-1])
    blob = seal(b"allergic to penicillin", scope=scope, place=place)
    row = DataKey.objects.get(scope_kind="patient", scope_id=scope.id)
    assert drawn[0] not in bytes(row.wrapped)
    assert b"penicillin" not in blob


@pytest.mark.parametrize("move", [{"model": "patients.SummaryVersion"}, {"field": "sealed_headline"}, {"row": uuid4()}])
def test_it_refuses_a_value_that_was_moved_to_another_place(scope, place, move):
    blob = seal(b"no known allergy", scope=scope, place=place)
    elsewhere = Place(**{"model": place.model, "field": place.field, "row": place.row, **move})
    with pytest.raises(DoesNotOpen):
        unseal(blob, scope=scope, place=elsewhere)
    assert failures_of(scope) == ["does_not_open"]


def test_it_refuses_a_value_of_another_patient(scope, place):
    # The attack: whoever may write to the table copies "no known allergy" from one patient's row to another's.
    blob = seal(b"no known allergy", scope=Scope.patient(uuid4()), place=place)
    with pytest.raises(KeyOfAnotherScope):
        unseal(blob, scope=scope, place=place)
    assert failures_of(scope) == ["key_of_another_scope"]


def test_it_refuses_a_key_that_was_given_to_another_patient(scope, place):
    # The attack: the key's row is re-labelled, so that the moved value's key seems to be this patient's. The wrap's
    # own binding holds the scope, so the key does not come out of its wrapping.
    other = Scope.patient(uuid4())
    blob = seal(b"no known allergy", scope=other, place=place)
    with unguarded("vault_datakey"):
        DataKey.objects.filter(scope_id=other.id).update(scope_id=scope.id)
    another_process()
    with pytest.raises(WrappedKeyDoesNotOpen):
        unseal(blob, scope=scope, place=place)


def test_it_refuses_two_wrapped_keys_that_were_exchanged(scope, place):
    other = Scope.patient(uuid4())
    blob = seal(b"x", scope=scope, place=place)
    seal(b"y", scope=other, place=place)
    mine, theirs = (DataKey.objects.get(scope_id=found.id) for found in (scope, other))
    DataKey.objects.filter(pk=mine.pk).update(wrapped=theirs.wrapped)
    another_process()
    with pytest.raises(WrappedKeyDoesNotOpen):
        unseal(blob, scope=scope, place=place)
    assert failures_of(scope) == ["wrapped_key_does_not_open"]


def test_it_refuses_a_key_of_another_version(scope, place):
    blob = seal(b"x", scope=scope, place=place)
    with unguarded("vault_datakey"):
        DataKey.objects.filter(scope_id=scope.id).update(version=2)
    another_process()
    with pytest.raises(WrappedKeyDoesNotOpen):
        unseal(blob, scope=scope, place=place)


def test_it_refuses_a_key_wrapped_by_a_key_that_the_provider_does_not_hold(scope, place):
    blob = seal(b"x", scope=scope, place=place)
    DataKey.objects.filter(scope_id=scope.id).update(provider_key="gone")
    another_process()
    with pytest.raises(UnknownProviderKey):
        unseal(blob, scope=scope, place=place)


def test_it_refuses_plaintext_in_the_column(scope, place):
    with pytest.raises(NotSealed):
        unseal(b'{"substance": "none known"}', scope=scope, place=place)
    assert failures_of(scope) == ["not_sealed"]


def test_it_refuses_a_value_whose_key_is_not_there(scope, place):
    blob = seal(b"x", scope=scope, place=place)
    with as_owner():
        DataKey.objects.filter(scope_id=scope.id).delete()
    another_process()
    with pytest.raises(UnknownKey):
        unseal(blob, scope=scope, place=place)


def test_no_error_says_anything_of_the_value_or_the_key(scope, place):
    blob = seal(b"allergic to penicillin", scope=scope, place=place)
    with pytest.raises(VaultError) as caught:
        unseal(blob, scope=scope, place=Place("a", "b", uuid4()))
    assert "penicillin" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_destroyed_key_opens_nothing_and_seals_nothing_new(scope, place):
    blob = seal(b"allergic to penicillin", scope=scope, place=place)
    assert destroy(scope) == 1
    row = DataKey.objects.get(scope_id=scope.id)
    assert (bytes(row.wrapped), row.state) == (b"", "destroyed")
    with pytest.raises(KeyDestroyed):
        unseal(blob, scope=scope, place=place)
    with pytest.raises(KeyDestroyed):
        seal(b"back again", scope=scope, place=place)
    assert failures_of(scope) == ["key_destroyed", "key_destroyed"]


def test_destroying_one_patients_key_leaves_the_others(scope, place):
    other = Scope.patient(uuid4())
    blob = seal(b"x", scope=other, place=place)
    seal(b"x", scope=scope, place=place)
    destroy(scope)
    assert unseal(blob, scope=other, place=place) == b"x"


def test_a_list_of_patients_loads_its_keys_by_one_query(place, django_assert_num_queries):
    scopes = [Scope.patient(uuid4()) for _ in range(40)]
    blobs = [seal(b"x", scope=scope, place=place) for scope in scopes]
    another_process()
    with django_assert_num_queries(1):
        prepare(scopes)
        prepare(scopes)
        for scope, blob in zip(scopes, blobs, strict=True):
            assert unseal(blob, scope=scope, place=place) == b"x"


def test_preparing_makes_no_keys(scope):
    prepare([scope])
    assert not DataKey.objects.filter(scope_id=scope.id).exists()


def test_a_document_comes_back_as_its_type(scope, place):
    blob = seal_document(Allergies(substance="penicillin"), scope=scope, place=place)
    assert unseal_document(Allergies, blob, scope=scope, place=place) == Allergies(substance="penicillin")


def test_it_refuses_another_kind_of_document_without_quoting_it(scope, place):
    blob = seal(b'{"reaction": "anaphylaxis"}', scope=scope, place=place)
    with pytest.raises(NotTheDocument) as caught:
        unseal_document(Allergies, blob, scope=scope, place=place)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert failures_of(scope) == ["not_the_document"]


def test_the_provider_is_healthy_while_it_holds_the_newest_key(scope, place):
    seal(b"x", scope=scope, place=place)
    assert health().is_good
    DataKey.objects.filter(scope_id=scope.id).update(provider_key="of another installation")
    found = health()
    assert not found.is_good
    assert found.words


def test_health_is_in_words_when_the_key_file_is_not_there(settings, tmp_path):
    settings.KEY_PROVIDER, settings.KEY_FILE = "file", tmp_path / "kek.json"
    found = health()
    assert not found.is_good
    assert "vault init" in found.words


def test_health_is_not_good_when_the_key_file_may_be_read_by_others(settings, tmp_path):
    settings.KEY_PROVIDER, settings.KEY_FILE = "file", tmp_path / "kek.json"
    keysets.create(settings.KEY_FILE)
    assert provider().primary()
    settings.KEY_FILE.chmod(0o644)
    assert "chmod 600" in health().words


def test_a_persons_own_secrets_have_a_key_of_their_own(place):
    amara = uuid4()
    blob = seal(b"x", scope=Scope.person(amara), place=place)
    with pytest.raises(KeyOfAnotherScope):
        unseal(blob, scope=Scope.patient(amara), place=place)
