"""Says that somebody's inbox has grown, to whoever listens in this process. It carries numbers only.

It stands between the inbox, which rings, and the hub and the bus, which listen: neither knows the other.
"""

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

logger = logging.getLogger("readback.live")

T = TypeVar("T")
Heads = Mapping[UUID, int]
_listeners: list[Callable[[Heads], None]] = []
_mourners: list[Callable[[UUID], None]] = []


def listen(listener: Callable[[Heads], None]) -> None:
    """Calls `listener` from any thread, after each commit that announced something. It must not block."""
    if listener not in _listeners:
        _listeners.append(listener)


def listen_for_ends(listener: Callable[[UUID], None]) -> None:
    """Calls `listener` from any thread with the id of a session that has just ended. It must not block."""
    if listener not in _mourners:
        _mourners.append(listener)


def ring(heads: Heads) -> None:
    """Wakes the listeners. Never raises: the act is committed, and a lost hint costs one poll interval."""
    for listener in _listeners:
        _call(listener, heads)


def ring_end(session_id: UUID) -> None:
    """Tells the listeners that a session has ended. Never raises: the sweep finds it too."""
    for listener in _mourners:
        _call(listener, session_id)


def _call(listener: Callable[[T], None], news: T) -> None:
    try:
        listener(news)
    except Exception:
        logger.exception("live.hint_lost")
