"""A cluster in which every migration has been applied, kept under var/ and copied for each run of the tests.

To apply them takes longer than most files of tests do, and what they make is the same until one of them changes. A kept
cluster is named after what they say. pytest runs migrate over its copy: what has been added since is applied. With
CI=true nothing is kept, and each database is made by its migrations.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.embedded.binaries import choose_postgres
from config.embedded.postgres import PrivatePostgres

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "migrated"
# The database that pytest's own is made from (tests/settings.py).
NAME = "readback_migrated"
PACKAGES = ("accounts", "audit", "handover", "ledger", "live", "vault")
# Libraries bring migrations of their own.
LIBRARIES = "constraints.txt"


def bring(postgres: PrivatePostgres, *, environment: Mapping[str, str], kept: Path = KEPT) -> None:
    """Puts a migrated cluster where this server, which has not been started, will find its own.

    One is made where none is kept for these migrations and this PostgreSQL; those of other migrations go. Two runs that
    want one at the same time make one. Raises EmbeddedError, and CalledProcessError where a migration fails.
    """
    major = choose_postgres(data_version=None, only_wheel=postgres.only_wheel).major
    wanted = kept / f"{digest()}-{major}{'-wheel' if postgres.only_wheel else ''}"
    with _one_at_a_time(kept):
        for other in kept.glob("*-*"):
            if not other.name.startswith(digest()):
                shutil.rmtree(other, ignore_errors=True)
        if not wanted.exists():
            _make(wanted, only_wheel=postgres.only_wheel, environment=environment)
        _copy(wanted, postgres.data, postgres)


def digest(root: Path = ROOT) -> str:
    """What the migrations below `root` say, and with which libraries, in sixteen hex digits."""
    found = hashlib.sha256()
    files = [path for package in PACKAGES for path in (root / package).rglob("migrations/*.py")]
    for path in sorted([*files, root / LIBRARIES]):
        text = path.read_bytes()
        found.update(f"{path.relative_to(root)} {len(text)}\n".encode() + text)
    return found.hexdigest()[:16]


def _make(wanted: Path, *, only_wheel: bool, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="readback-pg-") as home:
        postgres = PrivatePostgres(Path(home), is_durable=False, only_wheel=only_wheel)
        try:
            postgres.start()
            postgres.create_database(NAME)
            told = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": postgres.url(NAME)}
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(command, cwd=ROOT, env={**environment, **told}, check=True)
        finally:
            postgres.stop()
        # Beside its place first: a copy that is broken off is none.
        part = wanted.with_name(f"part-{os.getpid()}")
        _copy(postgres.data, part, postgres)
        part.rename(wanted)


def _copy(source: Path, target: Path, postgres: PrivatePostgres) -> None:
    """The files of a cluster that is stopped, each its owner's."""
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        postgres.user.own(path)


@contextmanager
def _one_at_a_time(kept: Path) -> Iterator[None]:
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
