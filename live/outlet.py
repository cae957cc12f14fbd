"""The outbound side of one socket: writing never waits, and a reader that does not read is dropped.

A server's `send` may wait (uvicorn, while its client is slow) or never does (Daphne; live/daphne_guard.py counts
there). It is started by hand and, when it ends at once as it nearly always does, costs no task. Only when it waits does
a task take over, and what is written meanwhile is queued up to a bound.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from live import limits

Message = dict[str, Any]
Send = Callable[[Message], Coroutine[Any, Any, None]]


class Outlet:
    """Writes frames in order. `end` is called once, when the socket is of no more use."""

    __slots__ = ("_draining", "_end", "_queue", "_send", "_unsent", "is_closed")

    def __init__(self, send: Send, *, end: Callable[[], object]) -> None:
        self._send = send
        self._end = end
        self._queue: deque[Message] = deque()
        self._unsent = 0
        self._draining: asyncio.Task[None] | None = None
        self.is_closed = False

    def write(self, text: str) -> None:
        """Sends a text frame now, or after those that wait. Drops the socket when too much waits."""
        if self.is_closed:
            return
        if self._draining is None:
            self._start({"type": "websocket.send", "text": text})
            return
        self._unsent += len(text)
        self._queue.append({"type": "websocket.send", "text": text})
        if self._unsent > limits.UNSENT_BYTES:
            self.drop()

    def close(self, code: int) -> None:
        """Sends a close frame behind what waits, and takes nothing more."""
        if self.is_closed:
            return
        message = {"type": "websocket.close", "code": code}
        self.is_closed = True
        if self._draining is None:
            self._start(message)
        else:
            self._queue.append(message)
        self._end()

    def drop(self) -> None:
        """Forgets what waits; the server closes the connection when the application ends."""
        if self._draining is not None:
            self._draining.cancel()
        self._queue.clear()
        if not self.is_closed:
            self.is_closed = True
            self._end()

    def _start(self, message: Message) -> None:
        sending = self._send(message)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:
            # The servers say in different ways that the client has gone; the application is told so by `receive`.
            self.drop()
            return
        self._draining = asyncio.get_running_loop().create_task(self._drain(_Resumed(sending, waits_for)))

    async def _drain(self, resumed: "_Resumed") -> None:
        try:
            await resumed
            while self._queue:
                message = self._queue.popleft()
                self._unsent -= len(message.get("text", ""))
                await self._send(message)
        except Exception:
            self.drop()
        finally:
            self._draining = None


class _Resumed:
    """A coroutine that was started by hand, to be awaited to its end by a task."""

    __slots__ = ("_sending", "_waits_for")

    def __init__(self, sending: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._sending = sending
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            failure: BaseException | None = None
            result = None
            try:
                result = yield waits_for
            except BaseException as exc:
                failure = exc
            try:
                waits_for = self._sending.send(result) if failure is None else self._sending.throw(failure)
            except StopIteration:
                return
