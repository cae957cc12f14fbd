"""The logins of the log's own roles, to the database of this process: one that orders it, one that only reads it.

What serves people may put an event on the record and nothing more. To give events their places is another role's, which
the server's cannot become: whoever gets SQL through to a connection that serves has none of it. docs/decisions/0007.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS = "sequencer"
HOW = "Set READBACK_SEQUENCER_URL here, or for a `manage.py ledger sequence` that runs elsewhere."

# Gives the name of the connection that the log is ordered on, for as long as the block runs.
Way = Callable[[], AbstractContextManager[str]]


class NoSequencer(Exception):
    """This process has no login that may give events their places."""


_lock = threading.Lock()
_kept: list[BaseDatabaseWrapper] = []


@contextmanager
def own_connection() -> Iterator[str]:
    """The process's one connection as the sequencer's role. Raises NoSequencer where there is no login for it.

    One for all threads, taken in turns: the round of a serving process comes to whichever thread of the pool is idle.
    """
    if not may_sequence():
        raise NoSequencer(HOW)
    with _lock:
        wrapper = _connected()
        connections[ALIAS] = wrapper
        try:
            yield ALIAS
        finally:
            del connections[ALIAS]


def may_sequence() -> bool:
    """Whether this process has a login that may give events their places."""
    return _ways[0] is not own_connection or settings.DATABASE_SEQUENCER is not None


def _connected() -> BaseDatabaseWrapper:
    # The database is always that of this process, whatever the login's address says.
    wanted = {**connection.settings_dict, **(settings.DATABASE_SEQUENCER or {})}
    if _kept and _kept[0].settings_dict != wanted:
        _kept.pop().close()
    if not _kept:
        made = connection.copy(alias=ALIAS)
        made.settings_dict.update(wanted)
        made.inc_thread_sharing()
        _kept.append(made)
    wrapper = _kept[0]
    # It is asked whether it still answers before it is used: once a second at most.
    wrapper.close_if_unusable_or_obsolete()
    return wrapper


_ways: list[Way] = [own_connection]


def set_way(way: Way) -> None:
    """From now on the log is ordered on the connection that `way` gives."""
    _ways[:] = [way]


def as_sequencer() -> AbstractContextManager[str]:
    """The name of the connection that the log is ordered on. Raises NoSequencer where there is none."""
    return _ways[0]()


@contextmanager
def as_reader() -> Iterator[None]:
    """The connection of this thread is the reader's, where it has a login. Not inside a transaction."""
    if settings.DATABASE_READER is None or connection.in_atomic_block:
        yield
        return
    connection.close()
    kept = {name: connection.settings_dict[name] for name in settings.DATABASE_READER}
    connection.settings_dict.update(settings.DATABASE_READER)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)
