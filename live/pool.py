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
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from live import limits

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[[], None] | None
# A thread that computes gives the event loop its turn after so long.
SWITCH_SECONDS = 0.001
# What the timers and the outbox work with, beside the threads of the requests: a look each.
WORKING = 2


class Crew:
    """Threads that take work. It goes to whichever was idle last: its connection, and the server behind it, are warm.

    ThreadPoolExecutor goes round all of its threads, so that each has always waited longest.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle: list[SimpleQueue[Work]] = []
        # There is none while a thread is idle. None ends a thread.
        self._waiting: deque[Work] = deque()

    def submit(self, fn: Callable[[], T]) -> "Future[T]":
        """What fn gives, some time."""
        future: Future[T] = Future()
        with self._lock:
            self._give(partial(_fulfil, future, fn))
        return future

    def shutdown(self) -> None:
        """Waits until all work is done and the threads have ended. Nothing may be submitted any more."""
        with self._lock:
            for _ in self._threads:
                self._give(None)
        for thread in self._threads:
            thread.join()

    def _give(self, work: "Work") -> None:
        if self._idle:
            self._idle.pop().put(work)
        elif work is not None and len(self._threads) < self._most:
            name = f"pool_{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._serve, args=(work,), name=name, daemon=True))
            self._threads[-1].start()
        else:
            self._waiting.append(work)

    def _serve(self, work: "Work") -> None:
        given: SimpleQueue[Work] = SimpleQueue()
        while work is not None:
            work()
            # What it holds (a request, its answer) is not kept while the thread waits.
            del work
            work = self._next(given)

    def _next(self, given: "SimpleQueue[Work]") -> "Work":
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(given)
        return given.get()


def _fulfil(future: "Future[T]", fn: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(fn())
    except BaseException as failure:
        # Whatever it is, it is the caller's, who keeps it with this frame: not so that it leads back to itself.
        future.set_exception(failure)
        del future


class Pool:
    """Threads that are made when they are first needed, and kept: up to `most`, or to the limit in settings."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._crew: Crew | None = None
        # What the threads keep, so that it can be closed when they have ended.
        self._kept: WeakSet[Any] = WeakSet()
        self._lock = threading.Lock()

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Runs fn in one of the threads, in a copy of the caller's context."""
        work = partial(contextvars.copy_context().run, _with_connections, self._kept, partial(fn, *args, **kwargs))
        return self._threads().submit(work)

    def _threads(self) -> Crew:
        with self._lock:
            if self._crew is None:
                # Five milliseconds by default: with four busy threads a hop here and back took 55 ms, with this 12 ms.
                sys.setswitchinterval(SWITCH_SECONDS)
                self._crew = Crew(self._most or limits.pool_threads())
            return self._crew

    def close(self) -> None:
        """Closes every thread's connection and ends the threads; the next call makes new ones."""
        with self._lock:
            crew, self._crew = self._crew, None
        if crew is None:
            return
        crew.shutdown()
        for raw in list(self._kept):
            raw.close()


POOL = Pool()
# Requests that fill every thread of the pool hold up no timer: what is due has threads of its own.
WORKERS = Pool(WORKING)


async def in_pool(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What fn gives, run in a thread of the pool. An act that has begun there runs to its end, come what may here."""
    return await asyncio.wrap_future(POOL.submit(fn, *args, **kwargs))


def close_all() -> None:
    """As Pool.close(), of both."""
    WORKERS.close()
    POOL.close()


def trust_connections() -> None:
    """Says that this thread's connections have been looked at, so that Django asks no `SELECT 1` of them."""
    for wrapper in connections.all(initialized_only=True):
        # Django's own mark of a connection that has been looked at; its stubs do not know it.
        wrapper.health_check_done = True  # type: ignore[attr-defined]


def _with_connections(kept: "WeakSet[Any]", work: Callable[[], T]) -> T:
    for wrapper in connections.all(initialized_only=True):
        _discard_if_broken(wrapper)
    trust_connections()
    try:
        return work()
    finally:
        for wrapper in connections.all(initialized_only=True):
            _discard_if_broken(wrapper)
            if wrapper.connection is not None:
                kept.add(wrapper.connection)


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
