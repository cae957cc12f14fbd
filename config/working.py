"""A worker: what is due at a time, and the process's other watches, on an event loop that serves no page."""

import asyncio
import signal
from collections.abc import Callable

from django.db import connections

from handover.reach.outbox import OUTBOX
from ledger import marks
from live import watching
from live.pool import close_all


def work_until_stopped(*, when_ready: Callable[[], None]) -> None:
    """Works until SIGTERM or SIGINT; what is under way then runs to its end."""
    asyncio.run(_work(when_ready))
    OUTBOX.finish()
    close_all()
    connections.close_all()
    marks.end()


async def _work(when_ready: Callable[[], None]) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    watching.be_a_worker()
    watching.begin()
    when_ready()
    await stopped.wait()
