"""What a process looks at every few seconds: each watch a task of the event loop, its work in a thread.

A room registers at import or at start; the edge begins them when it serves. What is due at a time (timers, the outbox)
is worker's work: every serving process does it. Where an operator has said that `manage.py worker` does it in a process
of its own, a server leaves it to that for some seconds, and does what nobody has done by then. docs/decisions/0083.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

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


# For so long a server leaves what is due to a worker of its own process. One that died must not silence the pages.
STAND_BY_SECONDS = 5.0

_watches: dict[str, Watch] = {}
_workers: dict[str, Watch] = {}
_state = {"is_worker": False}


def register(name: str, work: Callable[[], object], *, seconds: float) -> None:
    """From now on every process that begins to serve does this."""
    _watches[name] = Watch(name, work, seconds=seconds)


def register_worker(name: str, work: Callable[[], object], *, seconds: float) -> None:
    """From now on every worker does this, and every server too: in threads beside those of the requests."""
    _workers[name] = Watch(name, work, seconds=seconds, pool=WORKERS)


def begin() -> None:
    """All of it begins, once on each loop. Called on the loop."""
    for watch in (*_watches.values(), *_workers.values()):
        watch.begin()


def be_a_worker() -> None:
    """From now on this process is the one that others leave the work to."""
    _state["is_worker"] = True


def grace() -> timedelta:
    """For how long this process leaves to a worker what is due. None, where it is one or there is none apart."""
    is_left = settings.WORKER_APART and not _state["is_worker"]
    return timedelta(seconds=STAND_BY_SECONDS if is_left else 0)
