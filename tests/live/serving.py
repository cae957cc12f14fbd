"""Starts tests/live/served.py as processes, and speaks to them over real sockets."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

from websockets.asyncio.client import connect

from tests.live.wire import ORIGIN, PATIENCE_SECONDS
from tests.processes.rig import ROOT, free_ports, test_database_url


class Served:
    """One process with the live edge alone."""

    def __init__(self, server, port, process):
        self.server, self.port, self.process = server, port, process
        self.url = f"ws://127.0.0.1:{port}/live/"

    @property
    def resident_bytes(self):
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def serving(server, *, count=1, **environment):
    """`count` processes on the test database, joined by REDIS_URL when that is given. Killed at the end."""
    env = {**os.environ, "DATABASE_URL": test_database_url(), "REDIS_URL": "", **environment}
    started = []
    try:
        for port in free_ports(count):
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.live.served", server, str(port)], cwd=ROOT, env=env
            )
            started.append(Served(server, port, process))
        for one in started:
            asyncio.run(until_it_listens(one))
        yield started
    finally:
        for one in started:
            one.process.kill()
            one.process.wait()


async def until_it_listens(served):
    deadline = time.monotonic() + 30
    while True:
        assert served.process.poll() is None, "the server ended"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        except OSError:
            assert time.monotonic() < deadline, "the server does not listen"
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def cookie_of(connected):
    return f"{connected.person_id}/{connected.session_id}/{connected.device}"


@asynccontextmanager
async def phone(served, connected, *, after=None, hello=True, **options):
    """A real client of one of the processes, welcomed."""
    options = {"compression": None, "max_size": 2**22, "ping_interval": None, **options}
    headers = {"Cookie": cookie_of(connected)}
    async with connect(served.url, origin=ORIGIN, additional_headers=headers, **options) as client:
        talk = Phone(client)
        if hello:
            await talk.say(t="hello", after=after)
            await talk.next("welcome")
        yield talk


class Phone:
    """Says and hears frames."""

    def __init__(self, client):
        self.client = client
        self.overheard = deque()

    async def say(self, **frame):
        await self.client.send(json.dumps(frame))

    async def next(self, *kinds):
        """The next frame, or the next of these kinds; first of those that came while an act waited for its answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                frame = self.overheard.popleft() if self.overheard else json.loads(await self.client.recv())
                if not kinds or frame["t"] in kinds:
                    return frame

    async def act(self, act, **fields):
        """Sends an act and gives its answer. What arrives meanwhile is kept: news of an act may overtake its answer."""
        key = fields.pop("key", None) or str(uuid4())
        await self.say(t="act", act=act, key=key, **fields)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (frame := json.loads(await self.client.recv()))["t"] not in ("result", "refused"):
                self.overheard.append(frame)
        return frame

    async def closed(self):
        """The code with which the server closes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.client.wait_closed()
        return self.client.close_code
