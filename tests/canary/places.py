"""Everywhere a value could have been left: what each place holds, piece by piece, as bytes."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import redis
from django.db import connection

from config.embedded.binaries import postgres_candidates
from config.roles import as_owner
from live.acting import acting_for
from tests.canary.canaries import Piece
from tests.processes.rig import owner_url

_SEGMENT = re.compile(r"[0-9A-F]{24}")
_WAL_PAGE = 8192
_SHORT_HEAD, _LONG_HEAD, _HAS_LONG_HEAD = 24, 40, 0x02


class Database:
    """The database of the test: dumped, and as its files lie on the disk."""

    def __init__(self) -> None:
        self.url = owner_url()
        self._started = time.time()
        # From this segment on the log was written while the test ran.
        self._first_segment = self._one("SELECT pg_walfile_name(pg_current_wal_lsn())")

    @contextmanager
    def keeping_its_log(self) -> Iterator["Database"]:
        """While it runs no segment is used again: a checkpoint would take what was written first."""
        self._all("ALTER SYSTEM SET wal_keep_size = '4GB'")
        self._all("SELECT pg_reload_conf()")
        yield self
        self._all("ALTER SYSTEM RESET wal_keep_size")
        self._all("SELECT pg_reload_conf()")

    def dump(self) -> Iterator[Piece]:
        """What pg_dump writes: every schema, every row."""
        major = int(self._one("SHOW server_version_num")) // 10_000
        program = next(each.program("pg_dump") for each in postgres_candidates() if each.major >= major)
        done = subprocess.run([str(program), "--dbname", self.url], capture_output=True, check=True)
        yield "pg_dump", done.stdout

    def data_files(self) -> Iterator[Piece]:
        """Every file of the cluster that was written while the test ran, the write-ahead log apart."""
        self._one("CHECKPOINT")
        for path in _files(self._directory()):
            if "pg_wal" not in path.parts and path.stat().st_mtime >= self._started:
                yield str(path), path.read_bytes()

    def write_ahead_log(self) -> Iterator[Piece]:
        """The segments that were written while the test ran: as they lie, and the records that go over their pages."""
        last = self._one("SELECT pg_walfile_name(pg_current_wal_lsn())")
        found = [path for path in _files(self._directory() / "pg_wal") if _SEGMENT.fullmatch(path.name)]
        segments = [path.read_bytes() for path in found if self._first_segment <= path.name <= last]
        yield from zip((f"segment {number}" for number in count(1)), segments, strict=False)
        yield "segments without the heads of their pages", b"".join(map(without_page_heads, segments))

    def statements(self) -> Iterator[Piece]:
        """The last statement of each connection, as the server shows it to whoever may look."""
        rows = self._all("SELECT pid, query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        yield from ((f"statement of {pid}", str(query).encode()) for pid, query in rows)

    def log(self) -> Iterator[Piece]:
        """What the database's server has said; the private one writes beside its data."""
        path = self._directory().parent / "log"
        assert path.is_file(), "the private PostgreSQL writes a log"
        yield str(path), path.read_bytes()

    def _directory(self) -> Path:
        """Where the cluster lies; its server may know it by an open descriptor only (config/embedded/postgres.py)."""
        named = self._one("SHOW data_directory")
        return Path(named.replace("/proc/self/", f"/proc/{self._one('SELECT pg_backend_pid()')}/")).resolve(strict=True)

    def _one(self, statement: str) -> str:
        rows = self._all(statement)
        return str(rows[0][0]) if rows else ""

    @staticmethod
    def _all(statement: str) -> list[Any]:
        # As its administrator, and nobody: who acts is said in the same message, and ALTER SYSTEM stands alone in one.
        with acting_for(None), as_owner(), connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def without_page_heads(segment: bytes) -> bytes:
    """What a segment holds, in one piece: PostgreSQL puts a head before each page, in the midst of a value if need be.

    Source: XLogPageHeaderData in PostgreSQL's access/xlog_internal.h; pages are of the 8 KiB it is built with.
    """
    pages = (segment[start : start + _WAL_PAGE] for start in range(0, len(segment), _WAL_PAGE))
    return b"".join(page[_LONG_HEAD if page[2] & _HAS_LONG_HEAD else _SHORT_HEAD :] for page in pages)


@contextmanager
def control_table(value: str) -> Iterator[None]:
    """A table beside the product's, in which a value does stand."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS canary_control")
        cursor.execute("CREATE TABLE canary_control AS SELECT %s::text AS value", [value])
    yield
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE canary_control")


@dataclass
class RedisWatch:
    """Every command that a Redis gets, from start() to stop(), and what it holds at the end."""

    url: str
    heard: list[bytes] = field(default_factory=list)
    _thread: threading.Thread | None = None
    _last: bytes = b"canary-watch-ends"

    def start(self) -> None:
        """Listens; returns when nothing can be missed any more."""
        is_listening = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(is_listening,))
        self._thread.start()
        assert is_listening.wait(20)

    def stop(self) -> None:
        """Listens up to here."""
        if self._thread is not None and self._thread.is_alive():
            with redis.Redis.from_url(self.url) as client:
                client.echo(self._last)
            self._thread.join(20)
            assert not self._thread.is_alive()

    def commands(self) -> Iterator[Piece]:
        """What MONITOR said."""
        yield "MONITOR", b"\n".join(self.heard)

    def keys(self) -> Iterator[Piece]:
        """Every key with its value, as Redis itself would write it to a file."""
        with redis.Redis.from_url(self.url) as client:
            for key in client.scan_iter():
                yield f"key {key!r}", key + b"\0" + (client.dump(key) or b"")

    def _listen(self, is_listening: threading.Event) -> None:
        # Nothing may be said for minutes.
        with redis.Redis.from_url(self.url, socket_timeout=None) as client, client.monitor() as monitor:
            is_listening.set()
            for command in monitor.listen():
                said = str(command["command"]).encode()
                self.heard.append(said)
                if self._last in said:
                    return


def files(*directories: Path) -> Iterator[Piece]:
    """Every file below these directories."""
    for directory in directories:
        for path in _files(directory):
            yield str(path), path.read_bytes()


def deleted_files(*processes: int) -> Iterator[Piece]:
    """Files that these processes hold open although no directory names them any more: temporary ones (Linux)."""
    for process in processes:
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            try:
                target = os.readlink(descriptor)
                if target.startswith("/") and target.endswith(" (deleted)"):
                    yield f"{process}: {target}", descriptor.read_bytes()
            except OSError:
                continue


def _files(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
