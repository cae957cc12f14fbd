"""A fixed pool of threads with one kept database connection each: the only place where the live edge waits.

A connection that the server has closed is noticed before it is used, by asking the operating system whether something
has arrived on an idle socket: no `SELECT 1` per call. One that has failed is discarded. Nothing is retried here.
"""

import asyncio
import contextlib
import contextvars
import select
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from live import limits

P = ParamSpec("P")
T = TypeVar("T")
# A thread that computes gives the event loop its turn after so long.
SWITCH_SECONDS = 0.001
# What the threads keep, so that it can be closed when they have ended.
_kept: "WeakSet[Any]" = WeakSet()


class Pool:
    """Threads that are made when they are first needed, up to the limit in settings, and kept."""

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Runs fn in one of the threads, in a copy of the caller's context."""
        work = partial(contextvars.copy_context().run, _with_connections, partial(fn, *args, **kwargs))
        return self._threads().submit(work)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._executor is None:
                # Five milliseconds by default: with four busy threads a hop here and back took 55 ms, with this 12 ms.
                sys.setswitchinterval(SWITCH_SECONDS)
                self._executor = ThreadPoolExecutor(limits.pool_threads(), thread_name_prefix="pool")
            return self._executor

    def close(self) -> None:
        """Closes every thread's connection and ends the threads; the next call makes new ones."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is None:
            return
        executor.shutdown(wait=True)
        for raw in list(_kept):
            raw.close()


POOL = Pool()


async def in_pool(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What fn gives, run in a thread of the pool. An act that has begun there runs to its end, come what may here."""
    return await asyncio.wrap_future(POOL.submit(fn, *args, **kwargs))


def trust_connections() -> None:
    """Says that this thread's connections have been looked at, so that Django asks no `SELECT 1` of them."""
    for wrapper in connections.all(initialized_only=True):
        # Django's own mark of a connection that has been looked at; its stubs do not know it.
        wrapper.health_check_done = True  # type: ignore[attr-defined]


def _with_connections(work: Callable[[], T]) -> T:
    for wrapper in connections.all(initialized_only=True):
        _discard_if_broken(wrapper)
    trust_connections()
    try:
        return work()
    finally:
        for wrapper in connections.all(initialized_only=True):
            _discard_if_broken(wrapper)
            if wrapper.connection is not None:
                _kept.add(wrapper.connection)


def _discard_if_broken(wrapper: BaseDatabaseWrapper) -> None:
    raw = wrapper.connection
    if raw is None:
        return
    if wrapper.errors_occurred or raw.closed or _has_news(raw.fileno()):
        with contextlib.suppress(Error):
            wrapper.close()


def _has_news(descriptor: int) -> bool:
    """An idle connection has nothing to say but that the server is going away."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
