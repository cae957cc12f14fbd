"""A set of key-encryption keys, and the file that one lies in.

    {"format": "readback-keyset/1", "primary": "2-9f3a1c2d", "keys": {"1-...": {"secret": base64, "made": time}, ...}}

The file is as good as the whole database to whoever reads it: 0600, its owner's alone, never on the database's disk or
in its backups. It is replaced whole and synced to disk before a single data key is wrapped by what is new in it.
"""

import base64
import binascii
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils import timezone

from vault.blobs import KEY_BYTES
from vault.errors import KeyFileMissing, KeyFileUnreadable, KeyFileUnsafe, UnknownProviderKey

FORMAT = "readback-keyset/1"
_LONGEST_FILE = 1024 * 1024


@dataclass(frozen=True, repr=False)
class Keyset:
    """Key-encryption keys by name. The primary wraps what is new; the others still unwrap. Never shown by repr."""

    primary: str
    keys: dict[str, bytes]
    made: dict[str, str]

    def key(self, name: str) -> bytes:
        """The key of that name. Raises UnknownProviderKey."""
        try:
            return self.keys[name]
        except KeyError:
            raise UnknownProviderKey from None

    def with_new_primary(self) -> "Keyset":
        """The same keys and a new one, which is the primary from now on."""
        name = f"{len(self.keys) + 1}-{secrets.token_hex(4)}"
        return replace(
            self,
            primary=name,
            keys={**self.keys, name: secrets.token_bytes(KEY_BYTES)},
            made={**self.made, name: timezone.now().isoformat(timespec="seconds")},
        )


EMPTY = Keyset(primary="", keys={}, made={})


def parse(text: str) -> Keyset:
    """The keyset of a file's text. Raises KeyFileUnreadable; no part of the text is in the error."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise KeyFileUnreadable(f"The key file is not of the format {FORMAT}.")
        keys = {name: base64.b64decode(entry["secret"], validate=True) for name, entry in document["keys"].items()}
        keyset = Keyset(
            primary=document["primary"],
            keys=keys,
            made={name: entry["made"] for name, entry in document["keys"].items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error):
        raise KeyFileUnreadable("The key file is not a keyset: it was cut short or edited. Restore it.") from None
    if keyset.primary not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise KeyFileUnreadable("The key file has no primary key, or a key of a wrong length. Restore it.")
    return keyset


def text_of(keyset: Keyset) -> str:
    """The keyset as its file holds it."""
    keys = {
        name: {"secret": base64.b64encode(key).decode(), "made": keyset.made[name]} for name, key in keyset.keys.items()
    }
    return json.dumps({"format": FORMAT, "primary": keyset.primary, "keys": keys}, indent=1) + "\n"


def read(path: Path) -> Keyset:
    """The keyset in the file. Raises KeyFileMissing, KeyFileUnsafe or KeyFileUnreadable, each with what to do.

    The mode is checked on the opened file, not on its name, so that it cannot be exchanged in between.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise KeyFileMissing(
            f"There is no key file at {path}. Restore it from its own backup; for a new installation: "
            "`manage.py vault init`."
        ) from None
    except OSError as exc:
        raise KeyFileUnsafe(f"The key file {path} cannot be opened: {exc.strerror}.") from None
    try:
        _require_private(os.fstat(handle), path)
        return parse(os.read(handle, _LONGEST_FILE).decode())
    except UnicodeDecodeError:
        raise KeyFileUnreadable("The key file is not a keyset: it is not text.") from None
    finally:
        os.close(handle)


def _require_private(facts: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise KeyFileUnsafe(f"The key file {path} is not a plain file.")
    if facts.st_mode & 0o077:
        raise KeyFileUnsafe(
            f"The key file {path} may be read by others (mode {stat.S_IMODE(facts.st_mode):04o}). "
            f"Run `chmod 600 {path}`, and rotate its key if somebody may have read it."
        )
    if facts.st_uid not in {os.geteuid(), 0}:
        raise KeyFileUnsafe(f"The key file {path} belongs to another user. Make it this process's own: `chown`.")


def write(path: Path, keyset: Keyset) -> None:
    """The file holds the keyset, whole and on disk, for its owner alone; or nothing has changed."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text_of(keyset))
            file.flush()
            os.fsync(handle)
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def create(path: Path) -> None:
    """A new key file with one key. Raises KeyFileUnsafe when there is one already: it is never written over."""
    with _alone(path):
        if path.exists():
            raise KeyFileUnsafe(f"There is a key file at {path} already. It is never written over.")
        write(path, EMPTY.with_new_primary())


def turn(path: Path) -> Keyset:
    """The keyset with a new primary key, on disk. Raises what `read` raises."""
    with _alone(path):
        turned = read(path).with_new_primary()
        write(path, turned)
    return turned


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time: of two that turn at once, the later would write over the other's key, and what that had
    wrapped would be lost for ever. The lock is the directory's own, so that nothing is left behind."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)
