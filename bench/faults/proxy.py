"""A line between the clients and one server that can be cut, slowed, dripped through, or left open and dead."""

import asyncio
from contextlib import suppress

CHUNK = 16 * 1024
DELAY_SECONDS = 2.0
DRIP_BYTES, DRIP_SECONDS = 64, 0.02
PASSING, CUT, DELAYED, DRIPPING, HALF_OPEN = "passing", "cut", "delayed", "dripping", "half open"


class Line:
    """Listens on `port` and passes to `server_port`, as `mode` says at that moment."""

    def __init__(self, server_port: int) -> None:
        self.server_port, self.port, self.mode = server_port, 0, PASSING
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def become(self, mode: str) -> None:
        """From now on the line is so; a cut one loses every connection it has."""
        self.mode = mode
        if mode == CUT:
            self.drop()

    def drop(self) -> None:
        """Every connection is reset."""
        for writer in list(self._open):
            writer.transport.abort()

    async def close(self) -> None:
        """Ends."""
        self.drop()
        if self._server is not None:
            self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == CUT:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._open |= both
        try:
            ways = [self._pass(reader, far_writer), self._pass(far_reader, writer)]
            await asyncio.wait([asyncio.ensure_future(way) for way in ways], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0.05)
        finally:
            self._open -= both
            for each in both:
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                while self.mode == HALF_OPEN:
                    await asyncio.sleep(0.1)
                if self.mode == DELAYED:
                    await asyncio.sleep(DELAY_SECONDS)
                if self.mode == DRIPPING:
                    await self._drip(data, writer)
                else:
                    writer.write(data)
                    await writer.drain()

    async def _drip(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        for start in range(0, len(data), DRIP_BYTES):
            writer.write(data[start : start + DRIP_BYTES])
            await writer.drain()
            if self.mode == DRIPPING:
                await asyncio.sleep(DRIP_SECONDS)
