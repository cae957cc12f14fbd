"""Real server processes against the test database, as a hospital runs them: N of `manage.py serve`, and a real Redis.

They refuse a database with fsync off, so these tests are run by bin/test (a whole run, or `bin/test PATH`). Their keys
and password hashes are those of tests.settings, so that what a test writes the servers can read, and the reverse.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from config.embedded.roles import READER, SEQUENCER
from config.roles import SERVER_ROLE

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60
STOP_SECONDS = 10


@dataclass
class ServerProcess:
    """One server. `environment` is kept, so that it can be started again at the same address after a kill."""

    port: int
    environment: dict[str, str]
    log_path: Path
    process: subprocess.Popen[bytes] | None = None
    # The name that browsers know it by: a passkey is bound to one, and 127.0.0.1 is none.
    under: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://{self.under}:{self.port}"

    @property
    def socket_url(self) -> str:
        """Where its sockets are."""
        return f"ws://127.0.0.1:{self.port}/live/"

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.log_path.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """Its process, for measuring."""
        assert self.process is not None
        return self.process.pid

    @property
    def resident_bytes(self) -> int:
        """How much memory it holds now (Linux)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def start(self) -> None:
        """Starts it; healthy() says when it takes requests."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_healthy(self) -> None:
        """Returns when /healthz says so. Raises AssertionError with the log when it does not come to that."""
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log}")
            if self.status("/healthz") == 200:
                return
            time.sleep(0.05)
        raise AssertionError(f"the server is not healthy:\n{self.log}")

    def status(self, path: str) -> int:
        """The status of a GET; 0 when nobody answers."""
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as client:
                client.request("GET", path)
                return client.getresponse().status
        except OSError:
            return 0

    def kill(self) -> None:
        """kill -9: nothing is said to anybody."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """An orderly end."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass
class Rig:
    """The servers of one test or module; all of them end with it."""

    servers: list[ServerProcess] = field(default_factory=list)
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="readback-rig-")))

    def start(
        self,
        count: int = 1,
        *,
        redis_url: str = "",
        extra: Mapping[str, str] | None = None,
        under: str = "127.0.0.1",
    ) -> list[ServerProcess]:
        """`count` healthy servers on the test database, joined by Redis when `redis_url` names one.

        `under` is the name that browsers know them by.
        """
        ports = free_ports(count)
        origins = ",".join(f"http://{under}:{port}" for port in ports)
        made = [
            ServerProcess(
                port, server_environment(origins, redis_url, extra or {}), self.directory / f"{port}.log", under=under
            )
            for port in ports
        ]
        self.servers += made
        for server in made:
            server.start()
        for server in made:
            server.wait_until_healthy()
        return made

    def stop(self) -> None:
        """Ends every server."""
        for server in self.servers:
            server.stop()
        self.servers.clear()


def server_environment(origins: str, redis_url: str, extra: Mapping[str, str]) -> dict[str, str]:
    """What an operator would set, and the test database's address."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": test_database_url(),
        "READBACK_SEQUENCER_URL": sequencer_url(),
        "REDIS_URL": redis_url,
        "READBACK_ORIGINS": origins,
        "READBACK_PUSH_CONTACT": "mailto:desk@ward.example",
        "READBACK_PUSH_LOOPBACK": "1",
        # Set up, and never asked: nobody of the journeys has a number that was shown to be theirs.
        "READBACK_SMS_URL": "https://gateway.invalid/",
        "READBACK_VOICE_URL": "https://gateway.invalid/",
        "READBACK_GATEWAY_SECRET_FILE": __file__,
        "READBACK_HOSTS": "127.0.0.1,localhost",
        **extra,
    }


def test_database_url() -> str:
    """The database that the tests of this process use, for another process, which logs in as the server's role."""
    return _address(SERVER_ROLE)


def sequencer_url() -> str:
    """The same for the role that orders the log."""
    return _address(SEQUENCER)


def reader_url() -> str:
    """The same for the role that only reads the log."""
    return _address(READER)


def owner_url() -> str:
    """The same for the owner of its tables."""
    return _address(str(connection.settings_dict["USER"]))


def _address(role: str) -> str:
    facts = connection.settings_dict
    host = str(facts["HOST"])
    return f"postgres://{role}@/{facts['NAME']}?host={quote(host, safe='/')}&port={facts['PORT'] or 5432}"


test_database_url.__test__ = False  # type: ignore[attr-defined]  # a name that pytest would take for a test


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on; all held at once, so that they differ."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def as_json(text: str) -> object:
    """A frame's or answer's content."""
    return json.loads(text)
