"""Bodies of requests under Daphne: kept in memory, within a bound, and read by nobody but the application.

As shipped, Twisted writes a body of 100,000 bytes or more into a temporary file, where an imported patient would lie in
plain on the disk; it keeps all that is sent, whatever the path may carry; and it parses forms itself on the event loop
(a file of 50 MB holds up every socket for seconds), although Django does so again.
"""

from io import BytesIO
from typing import Any, ClassVar
from urllib.parse import unquote

from daphne.http_protocol import HTTPFactory, WebRequest

from live import limits


class TooManyBodies(Exception):
    """All bodies of this process together would take more memory than they may."""


class Body(BytesIO):
    """What has been received of a body: at most one byte more than its path may carry, so that it is refused later."""

    held_bytes: ClassVar[int] = 0

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._room = limit + 1
        self._taken = 0

    def take(self, data: bytes) -> None:
        """Keeps what there is room for, and drops the rest. Raises TooManyBodies."""
        kept = data[: self._room]
        if Body.held_bytes + len(kept) > limits.BODIES_BYTES:
            raise TooManyBodies
        self.write(kept)
        self._room -= len(kept)
        self._taken += len(kept)
        Body.held_bytes += len(kept)

    def close(self) -> None:
        """Gives its memory back. Twisted closes it when the request has ended or its sender has gone."""
        Body.held_bytes -= self._taken
        self._taken = 0
        super().close()


class GuardedRequest(WebRequest):  # type: ignore[misc]
    """A request whose body is a Body."""

    # Twisted's name: what a form holds is Django's to read.
    _parsePOSTFormSubmission = False  # noqa: N815
    content: Body

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Called between head and body. The path is the channel's until the whole request has arrived."""
        path = unquote(self.channel._path.partition(b"?")[0].decode("latin1"))
        self.content = Body(limits.body_bytes(path))

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """A piece of the body. When all of them take too much, this one is cut off: its sender tries again later."""
        try:
            self.content.take(data)
        except TooManyBodies:
            self.transport.abortConnection()


class GuardedHTTPFactory(HTTPFactory):  # type: ignore[misc]
    """Makes connections whose requests are guarded."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
        """A connection."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = GuardedRequest
        return protocol
