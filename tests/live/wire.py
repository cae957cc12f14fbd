"""A socket without a server: speaks ASGI to the application in the test's own event loop."""

import asyncio
import json
from contextlib import asynccontextmanager

from live.hub import HUB
from live.socket import socket_application

ORIGIN = "http://localhost:8000"
PATIENCE_SECONDS = 20


class Closed(Exception):
    """The application closed the socket. args[0] is the code."""


class Wire:
    """One client. `next()` is the next frame; raises Closed at the end."""

    def __init__(self, connected, *, origin=ORIGIN, path="/live/", headers=()):
        cookie = f"{connected.person_id}/{connected.session_id}/{connected.device}".encode() if connected else b""
        named = [(b"cookie", cookie), *([(b"origin", origin.encode())] if origin is not None else []), *headers]
        self.scope = {"type": "websocket", "path": path, "headers": [pair for pair in named if pair[1]]}
        self.inbound = asyncio.Queue()
        self.outbound = asyncio.Queue()
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.written = 0
        self.is_accepted = False

    async def _send(self, message):
        if not self.may_write.is_set():
            await self.may_write.wait()
        self.written += 1
        self.outbound.put_nowait(message)

    def start(self):
        self.inbound.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.get_running_loop().create_task(socket_application(self.scope, self.inbound.get, self._send))

    async def accepted(self):
        message = await self._next_message()
        if message["type"] == "websocket.close":
            raise Closed(message["code"])
        assert message["type"] == "websocket.accept"

    async def _next_message(self):
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.outbound.get()

    def say(self, **frame):
        self.inbound.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    def say_raw(self, **message):
        self.inbound.put_nowait({"type": "websocket.receive", **message})

    async def next(self, *kinds):
        """The next frame, or the next of these kinds."""
        while True:
            message = await self._next_message()
            if message["type"] == "websocket.close":
                raise Closed(message.get("code"))
            frame = json.loads(message["text"])
            if not kinds or frame["t"] in kinds:
                return frame

    async def events(self, count):
        return [await self.next("event") for _ in range(count)]

    async def hello(self, after=None):
        self.say(t="hello", after=after)
        return await self.next("welcome", "ahead")

    async def closed(self):
        """The code with which the application closes, whatever it says before."""
        try:
            while True:
                await self.next()
        except Closed as closed:
            return closed.args[0]

    async def hang_up(self):
        self.inbound.put_nowait({"type": "websocket.disconnect", "code": 1005})
        await asyncio.wait([self.task], timeout=PATIENCE_SECONDS)


@asynccontextmanager
async def wire(connected, **options):
    """An accepted socket, hung up at the end."""
    client = Wire(connected, **options)
    client.start()
    try:
        await client.accepted()
        yield client
    finally:
        await client.hang_up()


def run(test):
    """Runs a test's coroutine in a loop of its own, and lets the hub write its last words there."""

    async def whole():
        try:
            await test
        finally:
            await quiet()

    asyncio.run(whole())


async def quiet():
    """Until the hub has no socket, and has written what it had to."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while HUB._people:
            await asyncio.sleep(0.001)
        last = getattr(HUB, "_last_words", None)
        if last is not None and last.get_loop() is asyncio.get_running_loop():
            await last


async def until(condition):
    """Until something that the database or the process holds is true; fails after PATIENCE_SECONDS."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := condition() if not asyncio.iscoroutinefunction(condition) else await condition()):
            await asyncio.sleep(0.005)
        return found
