"""The devices of a run: each follows its person's inbox over every broken line, and notes all that comes.

A device that hears nothing for a while gives its line up and takes another, from the number it has.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.faults.history import History, Seen
from bench.faults.proxy import Line
from bench.hospital import Member
from bench.rig import ORIGIN

PATIENCE_SECONDS, PING_SECONDS, SILENT_SECONDS, ACK_SECONDS = 8.0, 4.0, 12.0, 0.3
Frame = dict[str, Any]
Heard = Callable[["Device", Seen], None]


class Device:
    """One person's. `heard` is called for each event, once it is noted."""

    def __init__(
        self, member: Member, lines: list[Line], history: History, chance: random.Random, heard: Heard
    ) -> None:
        self.member, self.lines, self.history, self.chance, self.heard = member, lines, history, chance, heard
        self.person = str(member.id)
        self.last: int | None = None
        self._acknowledged = 0
        self._client: ClientConnection | None = None
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._lost_at: float | None = None
        self.is_following = asyncio.Event()

    async def follow(self) -> None:
        """Until it is cancelled. After a line that broke it takes another one, as behind a load balancer."""
        several = self.chance.sample(self.lines, len(self.lines))
        for line in itertools.cycle(several):
            try:
                await self._one_line(line)
            except (OSError, TimeoutError, WebSocketException, ConnectionError) as failure:
                self.history.errors[f"socket: {type(failure).__name__}"] += 1
            if self._lost_at is None:
                self._lost_at = time.time()
            self._client = None
            self.is_following.clear()
            for waiting in self._answers.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError())
            self._answers.clear()
            await asyncio.sleep(self.chance.uniform(0.1, 0.8))

    async def _one_line(self, line: Line) -> None:
        told = {"additional_headers": {"Cookie": self.member.cookie}, "compression": None, "ping_interval": None}
        url = f"ws://127.0.0.1:{line.port}/live/"
        async with connect(
            url, origin=ORIGIN, open_timeout=PATIENCE_SECONDS, close_timeout=0.2, max_queue=None, **told
        ) as client:
            await client.send(json.dumps({"t": "hello", "after": self.last}))
            self._acknowledged = 0
            tasks = [asyncio.ensure_future(each) for each in (self._listen(client), self._say(client))]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    each.result()
            finally:
                for each in tasks:
                    each.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                client.transport.abort()

    async def _listen(self, client: ClientConnection) -> None:
        while True:
            frame = json.loads(await asyncio.wait_for(client.recv(), SILENT_SECONDS))
            kind = frame["t"]
            if kind == "event":
                self._note(frame)
            elif kind == "welcome":
                self._welcomed(client, frame)
            elif kind in ("result", "refused"):
                waiting = self._answers.pop(str(frame["key"]), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame)

    def _welcomed(self, client: ClientConnection, frame: Frame) -> None:
        if self.last is None:
            self.last = frame["after"]
            self.history.began_after[self.person] = self.last
        if self._lost_at is not None:
            self.history.reconnects.append((time.time(), time.time() - self._lost_at))
            self._lost_at = None
        self._client = client
        self.is_following.set()

    def _note(self, frame: Frame) -> None:
        view = frame["view"] or {}
        told = view.get("message") or {}
        seen = Seen(
            person=self.person,
            n=frame["n"],
            event=frame["event"],
            at=time.time(),
            thread=view.get("thread", ""),
            message=told.get("id", ""),
            number=told.get("number", 0),
            page=view.get("page", ""),
        )
        self.last = frame["n"]
        self.history.seen.append(seen)
        self.heard(self, seen)

    async def _say(self, client: ClientConnection) -> None:
        """What it stores, and now and then whether anybody is there."""
        pinged = time.monotonic()
        while True:
            await asyncio.sleep(ACK_SECONDS)
            if self.is_following.is_set() and self.last is not None and self.last > self._acknowledged:
                self._acknowledged = self.last
                await client.send(json.dumps({"t": "ack", "n": self.last}))
            if time.monotonic() - pinged > PING_SECONDS:
                pinged = time.monotonic()
                await client.send('{"t":"ping"}')

    async def act(self, act: str, key: str, **fields: object) -> Frame:
        """The answer to an act. Raises ConnectionError or TimeoutError where none came: it may have been done."""
        client = self._client
        if client is None:
            raise ConnectionError
        self._answers[key] = asyncio.get_running_loop().create_future()
        waiting = self._answers[key]
        try:
            with suppress(KeyError):
                await client.send(json.dumps({"t": "act", "act": act, "key": key, **fields}))
            return await asyncio.wait_for(waiting, PATIENCE_SECONDS)
        except WebSocketException as gone:
            raise ConnectionError from gone
        finally:
            if self._answers.get(key) is waiting:
                del self._answers[key]


async def post(line: Line, member: Member, path: str, form: str) -> tuple[int, Frame]:
    """Status and JSON of a posted form, on a connection of its own. Raises OSError or TimeoutError where none came."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\nCookie: {member.cookie}\r\n"
        f"X-CSRFToken: {member.token}\r\nAccept: application/json\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        try:
            writer.write(head.encode() + form.encode())
            whole = await reader.read()
        finally:
            writer.transport.abort()
    top, found, body = whole.partition(b"\r\n\r\n")
    if not found:
        raise ConnectionError
    # The answer of an act is small: where it comes in parts, it is the one between their sizes.
    start, end = body.find(b"{"), body.rfind(b"}")
    try:
        content = json.loads(body[start : end + 1]) if start >= 0 else {}
    except ValueError as torn:
        raise ConnectionError from torn
    return int(top.split(b" ", 2)[1]), content
