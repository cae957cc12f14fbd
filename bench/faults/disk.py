"""A disk so small that it can be filled: a tmpfs under PostgreSQL's home, in a mount namespace of the run's own.

No other process of the machine sees the mount, and it is gone when the run has ended, however that was.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_APART, _BLOCK = "READBACK_BENCH_APART", 1024 * 1024


def go_apart() -> None:
    """Runs this command again in a mount namespace of its own, unless it is in one. Ends it where there can be none."""
    if os.environ.get(_APART):
        return
    program = shutil.which("unshare")
    # Whoever is not root gets the right to mount in a user namespace, and stays who they are.
    as_whom = ["--mount"] if os.geteuid() == 0 else ["--map-current-user", "--keep-caps", "--mount"]
    if program is None or subprocess.run([program, *as_whom, "true"], check=False, capture_output=True).returncode:
        raise SystemExit("This machine lets nobody have mounts of their own: run it without --small-disk.")
    os.environ[_APART] = "1"
    os.execv(program, [program, *as_whom, sys.executable, "-m", "bench.faults", *sys.argv[1:]])  # noqa: S606


def make_small(home: Path, mebibytes: int) -> None:
    """From now on `home` holds no more than that."""
    home.mkdir(mode=0o700, parents=True)
    told = f"size={mebibytes}m,mode=0700,uid={os.geteuid()}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", told, "none", str(home)], check=True)


def give_back(home: Path) -> None:
    """Whatever an earlier run of this namespace has mounted there is gone."""
    if is_small(home):
        subprocess.run(["umount", str(home)], check=True)


def is_small(home: Path) -> bool:
    """Whether it is a disk of its own."""
    return os.path.ismount(home)


@contextmanager
def filled(home: Path) -> Iterator[None]:
    """While this lasts not one byte more fits."""
    ballast = home / "ballast"
    try:
        with ballast.open("wb", buffering=0) as out, suppress(OSError):
            while out.write(b"\0" * _BLOCK):
                continue
        yield
    finally:
        ballast.unlink(missing_ok=True)
