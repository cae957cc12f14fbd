"""Turning keys while the product runs: nothing becomes unreadable, at no moment, wherever it is interrupted."""

from io import StringIO
from itertools import islice
from threading import Event as Flag
from threading import Thread
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.roles import as_owner
from vault import keys, keysets, provision, rotation
from vault.errors import KeyFileMissing, KeyFileUnsafe, WrappedKeyDoesNotOpen
from vault.models import DataKey
from vault.scopes import Scope
from vault.services import destroy, seal, unseal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key_file(tmp_path, settings):
    settings.KEY_PROVIDER = "file"
    settings.KEY_FILE = tmp_path / "keys" / "kek.json"
    with as_owner():
        DataKey.objects.all().delete()
    keysets.create(settings.KEY_FILE)
    return settings.KEY_FILE


@pytest.fixture
def sealed(key_file, place):
    scopes = [Scope.patient(uuid4()) for _ in range(7)]
    return {scope: seal(b"allergic to penicillin", scope=scope, place=place) for scope in scopes}


def vault(*arguments):
    out = StringIO()
    # Who may turn keys is another test (tests/accounts/people/test_two.py).
    alone = ["--alone", "emergency"] if arguments[0] == "rotate" else []
    call_command("vault", *alone, *arguments, stdout=out)
    return out.getvalue()


def assert_all_open(sealed, place):
    keys.RING.forget_all()
    assert {unseal(blob, scope=scope, place=place) for scope, blob in sealed.items()} == {b"allergic to penicillin"}


def test_after_a_rotation_every_data_key_lies_under_the_new_key(sealed, place, key_file):
    said = vault("rotate")
    primary = keysets.read(key_file).primary
    assert set(DataKey.objects.values_list("provider_key", flat=True)) == {primary}
    assert f"The new primary key is {primary}." in said
    assert "7 data keys rewrapped." in said
    assert "0 data keys are left" in said
    assert_all_open(sealed, place)


def test_the_old_key_is_of_no_use_after_a_rotation(sealed, place, key_file):
    # Whoever stole the key file before the rotation holds only the old key.
    stolen = keysets.read(key_file)
    vault("rotate")
    keysets.write(key_file, stolen)
    key_file_again = rotation.provider()
    key_file_again._fresh()
    keys.RING.forget_all()
    scope, blob = next(iter(sealed.items()))
    with pytest.raises(Exception, match="does not hold"):
        unseal(blob, scope=scope, place=place)


def test_an_interrupted_rotation_leaves_all_readable_and_is_finished_by_the_next(sealed, place, key_file, monkeypatch):
    monkeypatch.setattr(rotation, "ROWS_AT_A_TIME", 2)
    rotation.turn_provider_key()
    assert list(islice(rotation.rewrap(), 2)) == [2, 4]
    assert rotation.left_to_rewrap() == 3
    assert_all_open(sealed, place)
    primary = keysets.read(key_file).primary
    assert "Finishing a rotation: 3 data keys" in vault("rotate")
    assert keysets.read(key_file).primary == primary
    assert rotation.left_to_rewrap() == 0
    assert_all_open(sealed, place)


def test_a_data_key_that_does_not_unwrap_stops_the_rotation_and_stays_as_it_is(sealed, key_file):
    row = DataKey.objects.order_by("pk").last()
    damaged = bytes(row.wrapped)[:-1] + bytes([bytes(row.wrapped)[-1] ^ 1])
    DataKey.objects.filter(pk=row.pk).update(wrapped=damaged)
    rotation.turn_provider_key()
    with pytest.raises(WrappedKeyDoesNotOpen):
        list(rotation.rewrap())
    row.refresh_from_db()
    assert bytes(row.wrapped) == damaged


def test_new_data_keys_seal_what_is_new_and_the_old_ones_open_what_was(sealed, place):
    assert "7 patients and persons have a new data key." in vault("rotate", "--data-keys")
    assert_all_open(sealed, place)
    for scope, old in sealed.items():
        new = seal(b"allergic to penicillin", scope=scope, place=place)
        assert new[2:18] != old[2:18]
        states = dict(DataKey.objects.filter(scope_id=scope.id).values_list("version", "state"))
        assert states == {1: "decrypt_only", 2: "active"}


def test_the_key_of_the_indexes_is_left_when_data_keys_are_turned(key_file):
    keys.active_key(Scope.index())
    vault("rotate", "--data-keys")
    assert DataKey.objects.filter(scope_kind="index").count() == 1


def test_a_destroyed_key_is_not_brought_back_by_any_rotation(sealed):
    scope = next(iter(sealed))
    destroy(scope)
    vault("rotate")
    vault("rotate", "--data-keys")
    row = DataKey.objects.get(scope_id=scope.id)
    assert (row.state, bytes(row.wrapped)) == ("destroyed", b"")


def test_a_key_turned_by_somebody_else_meanwhile_is_not_turned_twice(sealed):
    scope = next(iter(sealed))
    current = DataKey.objects.get(scope_id=scope.id).pk
    assert rotation.turn_data_key(scope, current=current) == 1
    assert rotation.turn_data_key(scope, current=current) == 0


def test_nothing_fails_to_seal_or_open_while_both_kinds_of_key_are_turned(sealed, place):
    stop, failed, done = Flag(), [], []

    def traffic():
        try:
            while not stop.is_set():
                for scope, blob in sealed.items():
                    keys.RING.forget(scope)
                    assert unseal(blob, scope=scope, place=place) == b"allergic to penicillin"
                    fresh = seal(b"new", scope=scope, place=place)
                    keys.RING.forget(scope)
                    assert unseal(fresh, scope=scope, place=place) == b"new"
                    done.append(scope)
        except Exception as exc:  # noqa: BLE001 -- whatever it is, the test must hear of it
            failed.append(exc)
        finally:
            connection.close()

    threads = [Thread(target=traffic) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        vault("rotate")
        vault("rotate", "--data-keys")
    stop.set()
    for thread in threads:
        thread.join(timeout=30)
    assert failed == []
    assert done
    assert rotation.left_to_rewrap() == 0


def test_a_new_installation_makes_its_key_file(tmp_path, settings):
    settings.KEY_PROVIDER, settings.KEY_FILE = "file", tmp_path / "kek.json"
    with as_owner():
        DataKey.objects.all().delete()
    assert "Made" in vault("init")
    assert "is good" in vault("health")
    with pytest.raises(CommandError, match="never written over"):
        vault("init")


def test_it_makes_no_key_file_beside_a_database_that_was_sealed_by_another(sealed, key_file):
    # A lost file must be restored. A new one would start, seal new patients, and hide that the old are unreadable.
    key_file.unlink()
    with pytest.raises(CommandError, match="restore"):
        vault("init")
    with pytest.raises(KeyFileMissing):
        provision.make_key_file()


def test_only_the_demonstration_makes_its_key_file_by_itself(tmp_path, settings):
    settings.KEY_PROVIDER, settings.KEY_FILE = "file", tmp_path / "kek.json"
    with as_owner():
        DataKey.objects.all().delete()
    settings.DEMONSTRATION = False
    with pytest.raises(KeyFileUnsafe):
        provision.make_demonstration_key_file()
    settings.DEMONSTRATION = True
    provision.make_demonstration_key_file()
    made = settings.KEY_FILE.read_text()
    provision.make_demonstration_key_file()
    assert settings.KEY_FILE.read_text() == made


def test_health_says_in_words_that_the_database_belongs_to_other_keys(sealed, settings, tmp_path):
    settings.KEY_FILE = tmp_path / "other.json"
    keysets.create(settings.KEY_FILE)
    with pytest.raises(CommandError, match="does not hold"):
        vault("health")
