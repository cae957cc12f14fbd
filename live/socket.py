"""The ASGI application of /live/: who may open a socket, and what the frames from the browser do.

No Channels consumer: its dispatch costs a thread hop for each frame and event. Every frame is text, JSON, small,
shallow and within the rate; the session is looked up in the database for each act, and at least every 15 s
for the rest.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from live import door, frames, limits, rounds
from live.acting import acting_for
from live.door import Connected
from live.hub import HUB
from live.outlet import Send
from live.pool import in_pool
from live.refusals import DatabaseAway, Invalid, Refusal, is_database_away
from live.sockets import Socket

logger = logging.getLogger("readback.live")
Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Frame = dict[str, Any]


class Unfit(Exception):
    """A frame that no honest client sends, or one that cannot be judged now. `code` closes the socket."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SessionEnded(Exception):
    """The session behind a socket is no longer live."""


async def socket_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serves one WebSocket. A wrong origin or path is refused before it is accepted (HTTP 403)."""
    await receive()
    if scope["path"] != "/live/" or not comes_from_us(scope):
        await send({"type": "websocket.close", "code": limits.CLOSE_POLICY})
        return
    try:
        connected = await in_pool(door.authenticate, scope)
    except (OperationalError, InterfaceError) as exc:
        _say_away(exc)
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": limits.CLOSE_TRY_LATER})
        return
    await send({"type": "websocket.accept"})
    if connected is None:
        # Accepted first, because a browser is not told why a handshake failed, and has to sign in.
        await send({"type": "websocket.close", "code": limits.CLOSE_SESSION_ENDED})
        return
    await _serve(connected, receive, send)


def comes_from_us(scope: Scope) -> bool:
    """Whether the handshake names exactly one origin, and that, to the letter, one of ours."""
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    return len(origins) == 1 and origins[0].decode("latin1") in settings.ORIGINS


async def _serve(connected: Connected, receive: Receive, send: Send) -> None:
    task = asyncio.current_task()

    def end() -> None:
        # From outside of this task: the hub, or a full outlet. From inside, it is about to end anyway.
        if task is not None and asyncio.current_task() is not task:
            task.cancel()

    loop = asyncio.get_running_loop()
    socket = Socket(connected, send, end=end, now=loop.time())
    HUB.join(socket)
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            await _take(socket, message, loop.time())
    except Unfit as unfit:
        socket.outlet.close(unfit.code)
    except SessionEnded:
        socket.outlet.close(limits.CLOSE_SESSION_ENDED)
    except asyncio.CancelledError:
        # By end(), which is no failure; or by the server that goes down.
        if not socket.outlet.is_closed:
            raise
    finally:
        HUB.leave(socket)
        socket.outlet.drop()


async def _take(socket: Socket, message: Mapping[str, Any], now: float) -> None:
    if not socket.may_speak(now):
        raise Unfit(limits.CLOSE_TOO_FAST)
    frame = parse(message)
    kind = frame.get("t")
    # The sweep renews this; when it cannot reach the database, the frames do.
    if kind != "act" and now - socket.checked > 2 * limits.poll_seconds():
        await in_pool(_require_session, socket.connected)
        socket.checked = now
    if kind == "ack":
        _acknowledge(socket, _number(frame, "n"))
    elif kind == "act":
        socket.outlet.write(await in_pool(_act, socket.connected, frame))
    elif kind == "hello":
        HUB.start(socket, None if frame.get("after") is None else _number(frame, "after"))
    elif kind == "ping":
        socket.outlet.write(f'{{"t":"pong","head":{max(socket.position, socket.hinted)}}}')
    else:
        raise Unfit(limits.CLOSE_POLICY)


def parse(message: Mapping[str, Any]) -> Frame:
    """The frame as a JSON object; raises Unfit for anything that is binary, too large, too deep or not that."""
    text = message.get("text")
    if text is None:
        raise Unfit(limits.CLOSE_BINARY)
    if len(text) > limits.FRAME_BYTES or len(text.encode()) > limits.FRAME_BYTES:
        raise Unfit(limits.CLOSE_TOO_BIG)
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise Unfit(limits.CLOSE_NOT_JSON) from exc
    if not isinstance(frame, dict):
        raise Unfit(limits.CLOSE_NOT_JSON)
    if _is_deeper_than(frame, limits.FRAME_DEPTH):
        raise Unfit(limits.CLOSE_POLICY)
    return frame


def _is_deeper_than(value: object, depth: int) -> bool:
    if isinstance(value, dict):
        return depth == 0 or any(_is_deeper_than(part, depth - 1) for part in value.values())
    if isinstance(value, list):
        return depth == 0 or any(_is_deeper_than(part, depth - 1) for part in value)
    return False


def _number(frame: Frame, name: str) -> int:
    number = frame.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**63:
        raise Unfit(limits.CLOSE_POLICY)
    return number


def _acknowledge(socket: Socket, number: int) -> None:
    if number > socket.position:
        # It says that it stores what it was never sent.
        raise Unfit(limits.CLOSE_POLICY)
    HUB.clerk.acknowledged(socket.connected, number, is_urgent=socket.acknowledge(number))


def _require_session(connected: Connected) -> None:
    try:
        live = door.live_sessions([connected.session_id])
    except (OperationalError, InterfaceError) as exc:
        _say_away(exc)
        raise Unfit(limits.CLOSE_TRY_LATER) from exc
    if connected.session_id not in live:
        raise SessionEnded


def _act(connected: Connected, frame: Frame) -> str:
    """The encoded answer to an act. In a thread of the pool; the handler makes its own transaction."""
    ushered = door.usher_in(connected)
    if ushered is None:
        raise SessionEnded
    key = frame.get("key")
    try:
        try:
            _require_key(key)
            with acting_for(connected.person_id):
                result = frames.handle(ushered, frame)
        except Refusal as refusal:
            door.record_refusal(refusal, connected)
            return _refused(key, refusal)
    except Exception as exc:
        # The edge: the act was rolled back, and the person must learn that it was not done.
        if is_database_away(exc):
            _say_away(exc)
            return _refused(key, DatabaseAway())
        logger.exception("live.act_failed")
        return rounds.encode({"t": "refused", "key": str(key), "status": 500, "message": Refusal.message})
    return rounds.encode({**result, "t": "result", "key": key, "ok": True})


def _require_key(key: object) -> None:
    try:
        UUID(key if isinstance(key, str) else "")
    except ValueError as exc:
        raise Invalid(act="live.frame", code="no_key") from exc


def _say_away(error: Exception) -> None:
    logger.error("database.away", extra={"cause": type(error).__name__})


def _refused(key: object, refusal: Refusal) -> str:
    answer: Frame = {"t": "refused", "key": key if isinstance(key, str) else "", "status": refusal.status}
    if isinstance(refusal, DatabaseAway):
        answer["retry_after"] = refusal.retry_after
    return rounds.encode({**answer, "code": refusal.code, "message": refusal.message})
