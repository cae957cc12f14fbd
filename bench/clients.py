"""The clients of a measurement: sockets that hear and acknowledge as the browser does, HTTP over kept connections."""

import asyncio
import json
import time
from collections import deque
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect

from bench.rig import ORIGIN

ACK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 60
Frame = dict[str, Any]
# The event, the rung if it tells of one, and the handover; of a message, its words.
Mark = tuple[str, str, str]


class Phone:
    """A socket of one person. Notes when each event arrived, and acknowledges five times a second."""

    def __init__(self, client: ClientConnection) -> None:
        self.client = client
        self.arrived: dict[Mark, float] = {}
        self.last = 0
        self._acknowledged = 0
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._waiting: dict[Mark, asyncio.Future[None]] = {}
        loop = asyncio.get_running_loop()
        self._welcomed: asyncio.Future[None] = loop.create_future()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(self._acknowledge())]

    @classmethod
    async def open(cls, url: str, cookie: str) -> "Phone":
        """A phone that has been welcomed and follows."""
        client = await connect(
            url,
            origin=ORIGIN,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie},
            compression=None,
            ping_interval=None,
            max_queue=None,
        )
        phone = cls(client)
        await phone.say(t="hello", after=None)
        await asyncio.wait_for(phone._welcomed, PATIENCE_SECONDS)
        return phone

    async def say(self, **frame: object) -> None:
        """Sends a frame."""
        await self.client.send(json.dumps(frame))

    async def act(self, act: str, *, key: str = "", **fields: object) -> Frame:
        """Sends an act and gives its answer."""
        key = key or str(uuid4())
        self._answers[key] = asyncio.get_running_loop().create_future()
        await self.say(t="act", act=act, key=key, **fields)
        return await asyncio.wait_for(self._answers[key], PATIENCE_SECONDS)

    async def when(self, mark: Mark) -> float:
        """The time at which the event with this mark arrived here."""
        if mark not in self.arrived:
            self._waiting[mark] = asyncio.get_running_loop().create_future()
            await asyncio.wait_for(self._waiting[mark], PATIENCE_SECONDS)
        return self.arrived[mark]

    async def _listen(self) -> None:
        async for text in self.client:
            now = time.perf_counter()
            frame = json.loads(text)
            kind = frame["t"]
            if kind == "event":
                self._heard(frame, now)
            elif kind == "welcome":
                self.last = frame["after"]
                self._welcomed.set_result(None)
            elif kind in ("result", "refused"):
                self._answers.pop(frame["key"]).set_result(frame)

    def _heard(self, frame: Frame, now: float) -> None:
        if frame["n"] != self.last + 1:
            raise AssertionError(f"number {frame['n']} after {self.last}")
        self.last = frame["n"]
        view = frame["view"] or {}
        about = view.get("handover") or (view.get("message") or {}).get("text", "")
        mark = (frame["event"], view.get("rung", ""), about)
        self.arrived[mark] = now
        waiting = self._waiting.pop(mark, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(ACK_EVERY_SECONDS)
            if self.last > self._acknowledged:
                self._acknowledged = self.last
                await self.say(t="ack", n=self.last)

    async def close(self) -> None:
        """Hangs up. Raises what the listening has found wrong."""
        for task in self._tasks:
            failure = task.exception() if task.done() and not task.cancelled() else None
            if failure is not None:
                raise failure
            task.cancel()
        self.client.transport.abort()


class Http:
    """POSTs forms over kept connections, as a browser does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._free: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()

    async def post(self, path: str, form: str, *, cookie: str, token: str) -> tuple[int, bytes]:
        """The status and the content of the answer."""
        body = form.encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\nCookie: {cookie}\r\n"
            f"X-CSRFToken: {token}\r\nAccept: application/json\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        reader, writer = await self._connection()
        writer.write(head + body)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        content = await _content(reader, answer.decode("latin1").lower())
        self._free.append((reader, writer))
        return int(answer.split(b" ", 2)[1]), content

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer = self._free.pop()
            # A server closes what has been idle for some seconds.
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        """Closes the kept connections."""
        for _, writer in self._free:
            writer.close()


async def _content(reader: asyncio.StreamReader, head: str) -> bytes:
    _, found, rest = head.partition("\r\ncontent-length:")
    if found:
        return await reader.readexactly(int(rest.split("\r\n", 1)[0]))
    content = b""
    while True:
        size = int((await reader.readline()).strip() or b"0", 16)
        content += (await reader.readexactly(size + 2))[:-2]
        if size == 0:
            return content
