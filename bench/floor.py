"""The floor: a bare ASGI room. What one socket says, all others of its room hear; nothing is checked or stored."""

from collections import defaultdict
from typing import Any

_ROOMS: dict[str, list[Any]] = defaultdict(list)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A WebSocket at /ROOM; answers HTTP with 404."""
    if scope["type"] != "websocket":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    room = _ROOMS[scope["path"]]
    await receive()
    await send({"type": "websocket.accept"})
    room.append(send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            for other in room:
                if other is not send:
                    await other({"type": "websocket.send", "text": message["text"]})
    finally:
        room.remove(send)
