"""Which process serves from a directory: a lock that the system releases when it ends, however it ends.

While one serves, a note (0600) beside the lock tells manage.py how to reach the private database.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TextIO

from config.embedded.errors import EmbeddedError

LOCK = "serve.lock"
NOTE = "serve.json"


class Running:
    """Holds the directory for one process. Raises EmbeddedError on entry when another holds it."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._lock: TextIO | None = None

    def __enter__(self) -> "Running":
        self._lock = (self._var / LOCK).open("a", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            self._lock.close()
            raise EmbeddedError(
                f"Another bin/serve already runs from {self._var}. Use that one, stop it, or set READBACK_VAR to "
                "another directory for a second one."
            ) from exc
        return self

    def announce(self, environment: Mapping[str, str]) -> None:
        """Leaves the note for manage.py."""
        path = self._var / NOTE
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dict(environment), file)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        (self._var / NOTE).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()


def running_environment(var: Path) -> dict[str, str]:
    """The environment of what serves from `var` now; empty when nothing does."""
    try:
        with (var / LOCK).open("r", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return {}
    except BlockingIOError:
        try:
            found: dict[str, str] = json.loads((var / NOTE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found
    return {}
