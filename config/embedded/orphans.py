"""A private PostgreSQL that outlived its starter: found by its lock file, known by its directory, stopped first.

After a `kill -9` of bin/serve its PostgreSQL runs on. The lock file may also name a process that has since taken the
number, and that one is left alone: a process is ours when it is a postgres that works in this very directory.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from config.embedded.errors import EmbeddedError

STOP_SECONDS = 10


def stop_orphan(data: Path) -> None:
    """Stops the PostgreSQL that still runs on `data`, or removes the lock file that a dead one left."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if not is_postgres_of(pid, data):
        # PostgreSQL removes a stale lock itself, unless another process of the same user has taken the number.
        lock.unlink(missing_ok=True)
        return
    for how in (signal.SIGINT, signal.SIGQUIT):
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not is_postgres_of(pid, data):
                return
            time.sleep(0.02)
    raise EmbeddedError(
        f"A PostgreSQL of an earlier start (process {pid}) does not stop. Stop it by hand, then start again."
    )


def is_postgres_of(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL server at work in the directory `data`."""
    process = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        return _is_alive(pid)
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        is_there = (process / "cwd").samefile(data)
        name = (process / "comm").read_text().strip()
    except OSError:
        return False
    return is_there and state != "Z" and name.startswith("postgres")


def _is_alive(pid: int) -> bool:
    """Where there is no /proc, a living process by that number is taken for ours."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return True
