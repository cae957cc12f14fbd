"""What a process looks at every few seconds: each watch a task of the event loop, its work in a thread.

A room registers at import or at start; the edge begins them when it serves. What is due at a time (timers, the outbox)
is worker's work: every serving process does it, unless `manage.py worker` does in a process of its own and the
operator has said so. docs/decisions/0083.
"""

import asyncio
import logging
from collections.abc import Callable

from django.conf import settings

from live.pool import POOL, WORKERS, Pool

logger = logging.getLogger("readback.live")


class Watch:
    """Calls `work` again and again, `seconds` apart. What fails is on the process's log, and is tried again."""

    def __init__(self, name: str, work: Callable[[], object], *, seconds: float, pool: Pool = POOL) -> None:
        self._name, self._work, self._seconds, self._pool = name, work, seconds, pool
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
                await asyncio.wrap_future(self._pool.submit(self._work))
            except Exception:
                logger.exception("live.watch_failed", extra={"watch": self._name})


_watches: dict[str, Watch] = {}
_workers: dict[str, Watch] = {}


def register(name: str, work: Callable[[], object], *, seconds: float) -> None:
    """From now on every process that begins to serve does this."""
    _watches[name] = Watch(name, work, seconds=seconds)


def register_worker(name: str, work: Callable[[], object], *, seconds: float) -> None:
    """From now on every worker does this, in threads beside those of the requests; and who serves, where none does."""
    _workers[name] = Watch(name, work, seconds=seconds, pool=WORKERS)


def begin() -> None:
    """What a serving process does begins, once on each loop. Called on the loop."""
    for watch in _watches.values():
        watch.begin()
    if not settings.WORKER_APART:
        begin_workers()


def begin_workers() -> None:
    """What a worker does begins, and nothing else. Called on the loop."""
    for watch in _workers.values():
        watch.begin()
