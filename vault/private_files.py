"""Files that hold keys: read only when they are their owner's alone, replaced whole, and synced to disk before use."""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vault.errors import KeyFileMissing, KeyFileUnreadable, KeyFileUnsafe

_LONGEST_FILE = 1024 * 1024


def read(path: Path, *, how_to_make: str) -> str:
    """The text of the file. Raises KeyFileMissing, KeyFileUnsafe or KeyFileUnreadable, each with what to do.

    The mode is checked on the opened file, not on its name, so that it cannot be exchanged in between.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise KeyFileMissing(
            f"There is no key file at {path}. Restore it from its own backup; for a new installation: {how_to_make}."
        ) from None
    except OSError as exc:
        raise KeyFileUnsafe(f"The key file {path} cannot be opened: {exc.strerror}.") from None
    try:
        _require_private(os.fstat(handle), path)
        return os.read(handle, _LONGEST_FILE).decode()
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


def write(path: Path, text: str) -> None:
    """The file holds the text, whole and on disk, for its owner alone; or nothing has changed."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
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


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time: of two that turn at once, the later would write over the other's key, and what that had
    wrapped would be lost for ever. The lock is the directory's own, so that nothing is left behind."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)
