"""Which user a private service runs as. PostgreSQL refuses to run as root, so root's child process drops to another."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.embedded.errors import EmbeddedError

# A user of its own keeps other services away from the data, so `postgres` comes first; `nobody` is everywhere.
_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class ServiceUser:
    """The user and group that a child process runs as; both None where it stays who it is."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @property
    def popen_arguments(self) -> dict[str, Any]:
        """What subprocess needs to drop to this user in the child, and only there."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, directory: Path) -> None:
        """Gives a directory that was just made here to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(directory, self.uid, self.gid)

    def can_run(self, program: Path) -> bool:
        """Whether this user can start `program`: tried, because modes alone do not tell of lists and mounts."""
        return self._tries([str(program), "--version"])

    def can_write_in(self, directory: Path) -> bool:
        """Whether this user reaches `directory` by its path and may make files in it."""
        return self._tries(["/bin/sh", "-c", 'test -x "$1" && test -w "$1"', "sh", str(directory)])

    def _tries(self, command: list[str]) -> bool:
        try:
            done = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False, **self.popen_arguments
            )
        except OSError:
            return False
        return done.returncode == 0


def current_user_name() -> str:
    """The operating system's name for who runs this; PostgreSQL's peer check compares with it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as exc:
        raise EmbeddedError(
            f"This user (number {os.geteuid()}) has no name in /etc/passwd, and PostgreSQL needs one. "
            "Run as a user that has a name, or set DATABASE_URL to a PostgreSQL of your own."
        ) from exc


def service_user() -> ServiceUser:
    """Who the private PostgreSQL runs as: the one who starts it, or for root the first of postgres and nobody."""
    if os.geteuid() != 0:
        return ServiceUser(current_user_name())
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return ServiceUser(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as. "
        "Start this as another user, or set DATABASE_URL to a PostgreSQL of your own."
    )
