"""What fails in a run: one thing after the other, in the order of the seed, each put right before the next."""

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path

import redis

from bench.faults import clock, disk, proxy
from bench.faults.history import Fault, History
from bench.faults.proxy import Line
from bench.rig import ROOT
from config.embedded.postgres import PrivatePostgres
from config.embedded.redis import PrivateRedis
from tests.processes.rig import ServerProcess

STOPPED_SECONDS, ABSENT_SECONDS, LINE_SECONDS, FULL_SECONDS = 45, 60, 12, 20
GONE_SECONDS = 30
# The short ones several times as often as those that take a minute.
DECK = (
    *("web killed",) * 4,
    *("postgres killed",) * 4,
    *("worker killed",) * 3,
    *("redis restarted", "redis flushed") * 2,
    "redis absent",
    "web stopped",
    "worker stopped",
    *("line cut", "line delayed", "line dripping", "line half open"),
    *("two at once",) * 2,
    "worker's clock jumped",
    "disk full",
)
# What two at once are made of: each is put right by itself, and none of them takes a minute.
IN_PAIRS = ("web killed", "postgres killed", "worker killed", "redis restarted", "line cut", "line delayed")


class KillablePostgres(PrivatePostgres):
    """A private PostgreSQL of which every process can be killed at once, and which comes back at its address."""

    @property
    def has_ended(self) -> bool:
        """Whether its first process is gone."""
        return self._process is None or self._process.poll() is not None

    def kill_all(self) -> int:
        """kill -9 of the first process and all it has started; how many. Only its own, by their ids."""
        if self._process is None:
            return 0
        # Stopped first, so that it starts nobody between the count and the end.
        self._process.send_signal(signal.SIGSTOP)
        several = [self._process.pid, *_started_by(self._process.pid)]
        for pid in several:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        # Killed is not gone yet on a busy machine, and no PostgreSQL starts beside what is left of the one before.
        deadline = time.monotonic() + GONE_SECONDS
        while any(map(_runs, several[1:])) and time.monotonic() < deadline:
            time.sleep(0.02)
        return len(several)

    def come_back(self) -> None:
        """Starts again on what lies on the disk, at the same address; returns when it answers."""
        self._launch()


def _runs(pid: int) -> bool:
    """Whether this process is there still; one that has ended and that nobody has asked about is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _started_by(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(path.parent.name))
    return found


class Worker:
    """`manage.py worker`, which can be killed and stopped."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        # How far its clock is off is read from there.
        self.clock = log.with_suffix(".clock")
        self.environment, self.log = environment, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it."""
        with self.log.open("ab") as log:
            command = clock.command(self.clock, "manage.py", "worker")
            self.process = subprocess.Popen(command, cwd=ROOT, env=dict(self.environment), stdout=log, stderr=log)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


async def until_healthy(server: ServerProcess, history: History) -> None:
    """Until it serves. On a machine that is very busy it takes longer to start than a test would wait."""
    while True:
        try:
            return await asyncio.to_thread(server.wait_until_healthy)
        except AssertionError:
            history.errors["a server took more than 60 s to start"] += 1
            if server.process is None or server.process.poll() is not None:
                server.start()


def _can_be(kind: str, home: Path) -> bool:
    return kind != "disk full" or disk.is_small(home)


class Nemesis:
    """Breaks and mends. Everything it touches was started by this run."""

    def __init__(
        self,
        servers: list[ServerProcess],
        worker: Worker,
        databases: tuple[KillablePostgres, PrivateRedis],
        lines: list[Line],
        history: History,
        chance: random.Random,
    ) -> None:
        self.servers, self.worker, self.lines = servers, worker, lines
        # Those that this machine can bring about.
        self.deck = tuple(kind for kind in DECK if _can_be(kind, databases[0].home))
        self.postgres, self.redis = databases
        self.history, self.chance = history, chance

    async def rage(self, until: float, pause: float, kinds: Collection[str] = ()) -> None:
        """Until that time, with a pause of about so many seconds between two faults; of these kinds, or of all."""
        acts = self._acts()
        deck: list[str] = []
        while time.time() < until:
            await asyncio.sleep(self.chance.uniform(pause / 2, pause * 1.5))
            if not deck:
                deck = [kind for kind in self.deck if not kinds or kind in kinds]
                self.chance.shuffle(deck)
            await self._revive()
            kind = deck.pop()
            began = time.time()
            await acts[kind]()
            self._note(kind, began)

    def _note(self, kind: str, began: float) -> None:
        self.history.faults.append(Fault(kind, began, time.time()))
        print(f"{time.strftime('%H:%M:%S')} {kind}, mended after {time.time() - began:.1f} s", flush=True)

    async def _revive(self) -> None:
        """Whatever ended by itself is told of, and started again."""
        for server in self.servers:
            if server.process is not None and server.process.poll() is not None:
                self.history.errors["a server ended by itself"] += 1
                server.start()
                await until_healthy(server, self.history)
        if self.worker.process is not None and self.worker.process.poll() is not None:
            self.history.errors["the worker ended by itself"] += 1
            self.worker.start()

    def _acts(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {
            "web killed": self._kill_web,
            "postgres killed": self._kill_postgres,
            "worker killed": self._kill_worker,
            "redis restarted": lambda: self._lose_redis(0),
            "redis flushed": self._flush_redis,
            "redis absent": lambda: self._lose_redis(ABSENT_SECONDS),
            "web stopped": lambda: self._stop(self.chance.choice(self.servers).pid),
            "worker stopped": lambda: self._stop(self.worker.process.pid if self.worker.process else 0),
            "line cut": lambda: self._line(proxy.CUT),
            "line delayed": lambda: self._line(proxy.DELAYED),
            "line dripping": lambda: self._line(proxy.DRIPPING),
            "line half open": lambda: self._line(proxy.HALF_OPEN),
            "two at once": self._two_at_once,
            "worker's clock jumped": self._jump,
            "disk full": self._fill_the_disk,
        }

    async def _two_at_once(self) -> None:
        """Two of different kinds begin in one moment; both are noted, so that each is judged as if it were alone."""
        acts = self._acts()

        async def one(kind: str) -> None:
            began = time.time()
            await acts[kind]()
            self._note(kind, began)

        await asyncio.gather(*(one(kind) for kind in self.chance.sample(IN_PAIRS, 2)))

    async def _jump(self) -> None:
        """The worker's clock an hour ahead, then an hour back, then right. No server's: their sessions would end."""
        for hours in (1, -1):
            clock.shift(self.worker.clock, hours * 3600)
            await asyncio.sleep(STOPPED_SECONDS)
        clock.shift(self.worker.clock, 0)

    async def _fill_the_disk(self) -> None:
        """Nothing can be written any more. A PostgreSQL that ends by it is started again, as by its service."""
        with disk.filled(self.postgres.home):
            await asyncio.sleep(FULL_SECONDS)
        if self.postgres.has_ended:
            await asyncio.to_thread(self.postgres.come_back)

    async def _kill_web(self) -> None:
        server = self.chance.choice(self.servers)
        await asyncio.to_thread(server.kill)
        server.start()
        await until_healthy(server, self.history)

    async def _kill_postgres(self) -> None:
        self.postgres.kill_all()
        await asyncio.to_thread(self.postgres.come_back)

    async def _kill_worker(self) -> None:
        await asyncio.to_thread(self.worker.kill)
        self.worker.start()

    async def _lose_redis(self, seconds: float) -> None:
        self.redis.kill()
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.redis.restart)

    async def _flush_redis(self) -> None:
        def flush() -> None:
            with redis.Redis.from_url(self.redis.url) as client:
                client.flushall()
                # What follows a channel is thrown off it, too.
                client.client_kill_filter(_type="pubsub")

        await asyncio.to_thread(flush)

    async def _stop(self, pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(STOPPED_SECONDS)
        finally:
            os.kill(pid, signal.SIGCONT)

    async def _line(self, mode: str) -> None:
        line = self.chance.choice(self.lines)
        line.become(mode)
        await asyncio.sleep(LINE_SECONDS)
        if mode == proxy.HALF_OPEN:
            # What went into a line that was dead comes out of none.
            line.drop()
        line.become(proxy.PASSING)
