"""What a measurement stands on: a durable database of its own, server processes, their CPU and memory from /proc."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "var" / "bench"
DATABASE = "readback_bench"
# A passkey is bound to a name, and a number is none: the product does not start under one.
ORIGIN = "http://localhost"


@contextmanager
def hospital_environment() -> Iterator[Mapping[str, str]]:
    """The environment of the servers and of this process: a fresh database that is durable, and one origin.

    On the PostgreSQL of DATABASE_URL when that is given, else on a private one under var/bench.
    """
    with ExitStack() as stack:
        url = os.environ.get("DATABASE_URL") or stack.enter_context(private_postgres())
        owner = fresh_database(url)
        static = OUT / "var" / "static"
        static.mkdir(parents=True, exist_ok=True)
        environment = {
            "DATABASE_URL": as_server(owner),
            "READBACK_SEQUENCER_URL": as_server(owner, role="readback_sequencer"),
            "READBACK_OWNER_URL": owner,
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "READBACK_SECRET_KEY": "a key for measurements only, " + "x" * 40,
            "READBACK_ORIGINS": ORIGIN,
            "READBACK_HOSTS": "127.0.0.1",
            "READBACK_VAR": str(OUT / "var"),
        }
        os.environ.update(environment)
        yield environment


@contextmanager
def private_postgres() -> Iterator[str]:
    """The address of a durable PostgreSQL under var/bench, while the block runs."""
    from config.embedded.postgres import PrivatePostgres

    OUT.mkdir(parents=True, exist_ok=True)
    postgres = PrivatePostgres(OUT / "postgres")
    postgres.start()
    try:
        yield postgres.url("postgres")
    finally:
        postgres.stop()


def fresh_database(url: str) -> str:
    """The address of an empty database beside that of `url`. Refuses a server that answers before its disk has it."""
    keeper = psycopg2.connect(_libpq(url))
    keeper.autocommit = True
    with keeper.cursor() as cursor:
        for setting in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {setting}")
            if cursor.fetchone()[0] != "on":
                raise SystemExit(f"{setting} is off on that PostgreSQL: the measurement would be of another product.")
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    keeper.close()
    return urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))


def as_server(url: str, *, role: str = "readback_app") -> str:
    """The same database for a role of the product, which the private PostgreSQL lets in without a word."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}"))


def take_down_the_second_wall() -> None:
    """Row-level security off on every table of the measurement's database: what it costs is the difference."""
    keeper = psycopg2.connect(_libpq(os.environ["READBACK_OWNER_URL"]))
    with keeper, keeper.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    keeper.close()


def _libpq(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def commit_connection() -> Any:
    """A connection for the floor's single-row commits, and their table with two indexes."""
    floor = psycopg2.connect(_libpq(os.environ["READBACK_OWNER_URL"]))
    with floor, floor.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " person uuid NOT NULL, number bigint NOT NULL, body text NOT NULL, UNIQUE (person, number))"
        )
    return floor


class Server:
    """One server process of a measurement."""

    def __init__(self, server: str, what: str, environment: Mapping[str, str]) -> None:
        self.server, self.what = server, what
        self.port = _free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.served", server, what, str(self.port)],
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        self._wait_until_it_listens()

    def url(self, path: str = "/live/") -> str:
        """The address of a socket."""
        return f"ws://127.0.0.1:{self.port}{path}"

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.server} {self.what} ended with {self.process.returncode}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise SystemExit(f"{self.server} {self.what} does not listen")

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Memory that the process holds now."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()


@contextmanager
def server(name: str, what: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """A server that listens, and is ended afterwards."""
    made = Server(name, what, environment)
    try:
        yield made
    finally:
        made.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def paced(count: int, per_second: float, act: Callable[[int], Awaitable[None]]) -> None:
    """Calls act(0..count-1) at a steady rate, whether the one before has come back or not; waits for all."""
    loop = asyncio.get_running_loop()
    start, tasks = loop.time() + 0.1, []
    for index in range(count):
        await asyncio.sleep(max(0.0, start + index / per_second - loop.time()))
        tasks.append(asyncio.ensure_future(act(index)))
    await asyncio.gather(*tasks)
