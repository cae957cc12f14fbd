"""One accepted socket: whose it is, how far its device is, and how fast it may speak."""

import asyncio
from collections.abc import Callable

from live import limits
from live.door import Connected
from live.outlet import Outlet, Send


class Socket:
    """The state of one connection. `position` is the last number written to it; `stored` the last acknowledged."""

    __slots__ = (
        "_allowance",
        "_awaited",
        "_first_climb",
        "_heard",
        "checked",
        "connected",
        "hinted",
        "is_following",
        "outlet",
        "position",
        "replay",
        "stored",
        "swept",
    )

    def __init__(self, connected: Connected, send: Send, *, end: Callable[[], object], now: float) -> None:
        self.connected = connected
        self.outlet = Outlet(send, end=end)
        self.position = 0
        self.stored = 0
        self.hinted = 0
        self.swept = 0
        self.is_following = False
        self.checked = now
        self.replay: asyncio.Task[None] | None = None
        self._first_climb: int | None = None
        self._awaited: tuple[int, asyncio.Future[None]] | None = None
        self._allowance = float(limits.FRAMES_BURST)
        self._heard = now

    def may_speak(self, now: float) -> bool:
        """Whether one more frame is within the rate: so many a second, and a burst."""
        earned = (now - self._heard) * limits.FRAMES_PER_SECOND
        self._allowance = min(float(limits.FRAMES_BURST), self._allowance + earned) - 1
        self._heard = now
        return self._allowance >= 0

    def welcome(self, head: int, after: int) -> None:
        """Says where the person's inbox stands, before the replay from `after`."""
        self.position = self.stored = after
        self.hinted = max(self.hinted, head)
        self.outlet.write(f'{{"t":"welcome","head":{head},"after":{after},"person":"{self.connected.person_id}"}}')

    def push(self, number: int, text: str, *, climbs: bool) -> None:
        """Writes the next event."""
        self.position = number
        if climbs and self._first_climb is None:
            self._first_climb = number
        self.outlet.write(text)

    def acknowledge(self, number: int) -> bool:
        """Notes what the device stores; True when somebody waits to learn it."""
        self.stored = max(self.stored, number)
        is_awaited = self._first_climb is not None and number >= self._first_climb
        if is_awaited:
            # Between here and position there may be more that climbs; the next acknowledgement is as urgent, then.
            self._first_climb = number + 1 if number < self.position else None
        if self._awaited is not None and number >= self._awaited[0]:
            if not self._awaited[1].done():
                self._awaited[1].set_result(None)
            self._awaited = None
        return is_awaited

    async def until_acknowledged(self, number: int) -> None:
        """Waits until the device has said that it stores `number`; raises TimeoutError when it does not."""
        if self.stored >= number:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited = (number, done)
        async with asyncio.timeout(limits.ACKNOWLEDGE_SECONDS):
            await done

    def stop(self) -> None:
        """Ends a replay that is under way; the socket follows nothing until it is started again."""
        if self.replay is not None:
            self.replay.cancel()
            self.replay = None
        self.is_following = False
        self._awaited = None
