"""Flow control for Daphne, which has none: a client that floods is not read, and one that does not read is dropped.

Inbound, Daphne puts every message into a queue without a bound. Here the transport is paused, and the frames that have
arrived already are left undecoded, while `limits.INBOUND_QUEUED` messages wait. Outbound, Twisted buffers without a
bound. Here the protocol registers as the transport's producer, is told when 64 KiB wait to be sent, counts from then
on, and aborts the connection at `limits.UNSENT_BYTES`. An answer over HTTP that is sent part by part waits instead,
until Twisted's buffer is empty, and is aborted when nothing was taken for a while. (daphne#170; docs/decisions/0043.)
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from daphne import server as daphne_server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]

from live import limits, watching
from live.daphne_bodies import GuardedHTTPFactory

# Twisted tells its producer to pause when this much waits.
TWISTED_BUFFER_BYTES = 64 * 1024
# Beyond what the application answers with 1009, the connection is cut without reading on.
MESSAGE_BYTES = 2 * limits.FRAME_BYTES
_FLOW = "readback.flow"
# How often an answer that waits for its reader looks whether it may go on.
_LOOK_SECONDS = 0.02

Application = Callable[..., Awaitable[None]]


@implementer(IPushProducer)
class GuardedProtocol(WebSocketProtocol):  # type: ignore[misc]
    """A socket whose queue and buffer have a bound."""

    _is_flooded = False
    _unsent: int | None = None

    def onOpen(self) -> None:  # noqa: N802 - autobahn's name
        """Takes the transport's producer over from the HTTP channel, which has handed the connection on."""
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()

    # Inbound

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 - autobahn's names
        """Queues the message, and stops reading when enough of them wait."""
        super().onMessage(payload, isBinary)
        if not self._is_flooded and self.application_queue.qsize() >= limits.INBOUND_QUEUED:
            self._is_flooded = True
            self.transport.pauseProducing()

    def processData(self) -> bool:  # noqa: N802 - autobahn's name
        """Decodes the next frame; nothing while the queue is full, although more bytes are here."""
        return not self._is_flooded and bool(super().processData())

    def message_taken(self) -> None:
        """Reads on when the application has worked half of the queue off."""
        if self._is_flooded and self.application_queue.qsize() <= limits.INBOUND_QUEUED // 2:
            self._is_flooded = False
            # First what has arrived already; it may fill the queue again.
            self.consumeData()
            if not self._is_flooded:
                self.transport.resumeProducing()

    # Outbound: the transport's producer

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """More than Twisted's buffer waits to be sent: from here on it is counted."""
        if self._unsent is None:
            self._unsent = TWISTED_BUFFER_BYTES

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Everything has been sent."""
        self._unsent = None

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The connection is lost; Daphne learns it by another way."""

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:  # noqa: N802, FBT - Daphne's signature
        """Sends, or drops a client that has not read for too long."""
        if self._unsent is not None:
            self._unsent += len(content)
            if self._unsent > limits.UNSENT_BYTES:
                self.transport.abortConnection()
                return
        super().serverSend(content, binary)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802 - Daphne's name
        """Closes with any code: autobahn's sendClose takes no 1008 and 1009 from an application."""
        self.sendCloseFrame(code=code or 1000)


class GuardedFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes guarded protocols."""

    protocol = GuardedProtocol


class GuardedServer(daphne_server.Server):  # type: ignore[misc]
    """Daphne with both guards. Takes the same arguments as Daphne's Server."""

    def __init__(self, application: Application, **options: Any) -> None:
        options.setdefault("websocket_max_message_size", MESSAGE_BYTES)
        options.setdefault("websocket_max_frame_size", MESSAGE_BYTES)
        # Daphne's run() makes the factories by these names.
        daphne_server.WebSocketFactory = GuardedFactory
        daphne_server.HTTPFactory = GuardedHTTPFactory
        super().__init__(_guarded(application), **options)

    def run(self) -> None:
        """As Daphne's, and timers fire although nobody calls: Daphne has no lifespan to begin them with."""
        daphne_server.reactor.callLater(0, watching.begin)
        super().run()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> "asyncio.Queue[Any] | None":
        """As Daphne's, and tells the application's wrapper which protocol it reads from."""
        if isinstance(protocol, GuardedProtocol):
            scope[_FLOW] = protocol
        queue: asyncio.Queue[Any] | None = super().create_application(protocol, scope)
        return queue

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """As Daphne's; where more of an HTTP answer is to come, it returns when its reader has taken what there is."""
        await super().handle_reply(protocol, message)
        if message.get("type") == "http.response.body" and message.get("more_body"):
            await self._until_taken(protocol)

    async def _until_taken(self, protocol: Any) -> None:
        looks = int(limits.STALLED_SECONDS / _LOOK_SECONDS)
        while self._waits(protocol):
            if not looks:
                protocol.channel.transport.abortConnection()
                return
            looks -= 1
            await asyncio.sleep(_LOOK_SECONDS)

    def _waits(self, protocol: Any) -> bool:
        """Whether Twisted has said that 64 KiB or more wait to be sent to somebody who is still there."""
        connected = self.connections.get(protocol, {"disconnected": True})
        if connected.get("disconnected") or protocol.channel is None:
            return False
        return bool(protocol.channel._waitingForTransport)


def _guarded(application: Application) -> Application:
    async def serve(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        protocol = scope.pop(_FLOW, None)
        if protocol is None:
            await application(scope, receive, send)
            return

        async def read() -> Any:
            message = await receive()
            protocol.message_taken()
            return message

        await application(scope, read, send)

    return serve
