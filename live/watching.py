"""What every serving process looks at every few seconds: each watch a task of the event loop, its work in the pool.

A room registers at import or at start; the edge begins all of them when it serves.
"""

import asyncio
import logging
from collections.abc import Callable

from live.pool import in_pool

logger = logging.getLogger("readback.live")


class Watch:
    """Calls `work` again and again, `seconds` apart. What fails is on the process's log, and is tried again."""

    def __init__(self, name: str, work: Callable[[], object], *, seconds: float) -> None:
        self._name, self._work, self._seconds = name, work, seconds
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begins, once on each loop. Called on the loop."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await in_pool(self._work)
            except Exception:
                logger.exception("live.watch_failed", extra={"watch": self._name})


_watches: dict[str, Watch] = {}


def register(name: str, work: Callable[[], object], *, seconds: float) -> None:
    """From now on every process that begins to serve does this."""
    _watches[name] = Watch(name, work, seconds=seconds)


def begin() -> None:
    """All watches run, once on each loop. Called on the loop."""
    for watch in _watches.values():
        watch.begin()
