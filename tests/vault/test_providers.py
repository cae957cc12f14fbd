"""Providers of keys: one set of checks for all, and the file against careless and hostile hands."""

import base64
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from vault import keysets, providers
from vault.errors import (
    KeyFileMissing,
    KeyFileUnreadable,
    KeyFileUnsafe,
    ProviderError,
    UnknownProviderKey,
    WrappedKeyDoesNotOpen,
)
from vault.providers import FileProvider, KeysetProvider, Wrapped

KEY = bytes(range(32))
CONTEXT = {"dek_id": "1", "scope_kind": "patient", "scope_id": "2", "version": "1"}


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys" / "kek.json"
    keysets.create(path)
    return path


@pytest.fixture(params=["file", "environment", "memory"])
def provider(request, key_file):
    secret = base64.b64encode(b"s" * 32).decode()
    return {
        "file": lambda: FileProvider(key_file),
        "environment": lambda: KeysetProvider(providers._from_environment(f"a:{secret}")),
        "memory": lambda: KeysetProvider(providers._in_memory()),
    }[request.param]()


def test_a_wrapped_key_comes_back(provider):
    wrapped = provider.wrap(KEY, CONTEXT)
    assert KEY not in wrapped.blob
    assert provider.unwrap(wrapped, CONTEXT) == KEY
    assert provider.health().is_good


@pytest.mark.parametrize("part", list(CONTEXT))
def test_a_wrapped_key_comes_out_in_its_own_row_only(provider, part):
    wrapped = provider.wrap(KEY, CONTEXT)
    with pytest.raises(WrappedKeyDoesNotOpen):
        provider.unwrap(wrapped, {**CONTEXT, part: "other"})


def test_it_refuses_a_wrapped_key_with_any_bit_changed(provider):
    wrapped = provider.wrap(KEY, CONTEXT)
    for bit in range(len(wrapped.blob) * 8):
        changed = bytearray(wrapped.blob)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(WrappedKeyDoesNotOpen):
            provider.unwrap(Wrapped(wrapped.provider_key, bytes(changed)), CONTEXT)


@pytest.mark.parametrize("length", [0, 11, 12, 28, 59, 61])
def test_it_refuses_a_wrapped_key_of_another_length(provider, length):
    wrapped = provider.wrap(KEY, CONTEXT)
    with pytest.raises(WrappedKeyDoesNotOpen):
        provider.unwrap(Wrapped(wrapped.provider_key, (wrapped.blob + bytes(9))[:length]), CONTEXT)


def test_it_says_when_it_does_not_hold_the_key(provider):
    with pytest.raises(UnknownProviderKey):
        provider.unwrap(Wrapped("gone", provider.wrap(KEY, CONTEXT).blob), CONTEXT)


def test_rewrapping_keeps_the_key_and_changes_the_wrapping(provider):
    wrapped = provider.wrap(KEY, CONTEXT)
    again = provider.rewrap(wrapped, CONTEXT)
    assert again.blob != wrapped.blob
    assert provider.unwrap(again, CONTEXT) == KEY


def test_a_new_key_file_is_its_owners_alone(key_file):
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in key_file.parent.iterdir()] == ["kek.json"]


def test_a_key_file_is_never_written_over(key_file):
    before = key_file.read_text()
    with pytest.raises(KeyFileUnsafe):
        keysets.create(key_file)
    assert key_file.read_text() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620, 0o601, 0o666])
def test_it_refuses_a_key_file_that_others_may_open(key_file, mode):
    key_file.chmod(mode)
    with pytest.raises(KeyFileUnsafe, match="chmod 600"):
        FileProvider(key_file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_it_refuses_a_key_file_of_another_user(key_file):
    os.chown(key_file, 12345, -1)
    with pytest.raises(KeyFileUnsafe, match="another user"):
        FileProvider(key_file)


def test_it_refuses_a_directory_in_the_place_of_the_key_file(tmp_path):
    with pytest.raises(KeyFileUnsafe):
        FileProvider(tmp_path)


def test_it_says_where_a_missing_key_file_should_be(tmp_path):
    with pytest.raises(KeyFileMissing, match=r"vault init"):
        FileProvider(tmp_path / "kek.json")


SECRET = base64.b64encode(b"s" * 32).decode()
WHOLE = {"format": "readback-keyset/1", "primary": "1", "keys": {"1": {"secret": SECRET, "made": "2026-03-04"}}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps(WHOLE)[:-20],
        json.dumps({**WHOLE, "format": "readback-keyset/2"}),
        json.dumps({**WHOLE, "primary": "2"}),
        json.dumps({**WHOLE, "keys": {}}),
        json.dumps({**WHOLE, "keys": {"1": SECRET}}),
        json.dumps({**WHOLE, "keys": {"1": {"secret": SECRET[:-8], "made": ""}}}),
        json.dumps({**WHOLE, "keys": {"1": {"secret": "c2hvcnQ=", "made": ""}}}),
        json.dumps({**WHOLE, "keys": {"1": {"secret": "not base64!", "made": ""}}}),
    ],
)
def test_it_refuses_a_broken_key_file_and_shows_nothing_of_it(key_file, text):
    key_file.write_text(text)
    with pytest.raises(KeyFileUnreadable) as caught:
        FileProvider(key_file)
    assert SECRET[:10] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_keyset_shows_nothing_of_its_keys():
    keyset = keysets.parse(json.dumps(WHOLE))
    assert "ssss" not in repr(keyset)
    assert SECRET not in repr(keyset)


def test_a_turned_file_wraps_by_the_new_key_and_unwraps_by_the_old(key_file):
    provider = FileProvider(key_file)
    old = provider.wrap(KEY, CONTEXT)
    name = provider.turn()
    new = provider.wrap(KEY, CONTEXT)
    assert (old.provider_key != name, new.provider_key) == (True, name)
    assert provider.unwrap(old, CONTEXT) == provider.unwrap(new, CONTEXT) == KEY
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_running_process_follows_a_turn_by_another(key_file):
    here, there = FileProvider(key_file), FileProvider(key_file)
    name = there.turn()
    assert here.unwrap(there.wrap(KEY, CONTEXT), CONTEXT) == KEY
    assert here.wrap(KEY, CONTEXT).provider_key == name


def test_two_turns_at_once_lose_no_key(key_file):
    # Both read, both add, both write: without the lock the later writes over the other's key, and what that key had
    # wrapped is lost.
    several = [FileProvider(key_file) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda provider: provider.turn(), several))
    assert names < set(keysets.read(key_file).keys)
    assert len(names) == 8


def test_a_file_whose_mode_was_widened_stops_the_next_wrap_but_opens_what_is_wrapped(key_file):
    provider = FileProvider(key_file)
    wrapped = provider.wrap(KEY, CONTEXT)
    key_file.chmod(0o644)
    with pytest.raises(KeyFileUnsafe):
        provider.wrap(KEY, CONTEXT)
    assert provider.unwrap(wrapped, CONTEXT) == KEY
    assert not provider.health().is_good


@pytest.mark.parametrize("text", ["", "a", "a:", ":" + SECRET, "a:c2hvcnQ=", "a:not base64!", f"a:{SECRET},b"])
def test_it_refuses_a_broken_environment_and_shows_nothing_of_it(text):
    with pytest.raises(KeyFileUnreadable) as caught:
        providers._from_environment(text)
    assert SECRET[:10] not in str(caught.value)


def test_the_first_key_of_the_environment_wraps_and_all_unwrap():
    other = base64.b64encode(b"o" * 32).decode()
    before = KeysetProvider(providers._from_environment(f"a:{SECRET}"))
    after = KeysetProvider(providers._from_environment(f"b:{other}, a:{SECRET}"))
    assert after.unwrap(before.wrap(KEY, CONTEXT), CONTEXT) == KEY
    assert after.primary() == "b"
    with pytest.raises(ProviderError, match="READBACK_KEK"):
        after.turn()


def test_the_memory_provider_is_refused_outside_tests():
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_VERSION"}
    code = "from vault.providers import _in_memory; _in_memory()"
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "for tests only" in run.stderr


def test_it_refuses_a_provider_that_it_does_not_know(settings):
    settings.KEY_PROVIDER = "base64"
    with pytest.raises(ProviderError, match="READBACK_KEY_PROVIDER"):
        providers.provider()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80" * 40])
def test_it_refuses_a_key_file_that_is_not_text(key_file, content):
    key_file.write_bytes(content)
    with pytest.raises(KeyFileUnreadable, match="not text"):
        FileProvider(key_file)


def test_it_refuses_a_key_file_that_cannot_be_opened(tmp_path):
    (tmp_path / "kek.json").symlink_to("kek.json")
    with pytest.raises(KeyFileUnsafe, match="cannot be opened"):
        FileProvider(tmp_path / "kek.json")


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    in_the_way = tmp_path / "kek.json"
    in_the_way.mkdir()
    with pytest.raises(OSError, match="irectory"):
        keysets.write(in_the_way, keysets.parse(json.dumps(WHOLE)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["kek.json"]


def test_the_settings_choose_the_provider(settings, monkeypatch, key_file):
    settings.KEY_PROVIDER, settings.KEY_FILE = "file", key_file
    assert isinstance(providers.provider(), FileProvider)
    settings.KEY_PROVIDER = "environment"
    monkeypatch.setenv("READBACK_KEK", f"night:{SECRET}")
    assert providers.provider().primary() == "night"


def test_a_provider_that_gives_back_another_key_is_not_healthy():
    class Confused(KeysetProvider):
        def unwrap(self, wrapped, context):
            return bytes(32)

    assert not Confused(keysets.parse(json.dumps(WHOLE))).health().is_good
