"""The data keys of this process: found or made, unwrapped, kept for minutes, counted.

Three things are easy to get wrong here, and each would lose a patient's record for ever:

1. A key that is made in a transaction which rolls back must not seal anything that commits. A new key is therefore
   written on a connection apart from the caller's (vault/apart.py) and is durable before anybody uses it. A rollback
   leaves a key that sealed nothing, which harms nobody.
2. Two transactions meet a scope that has no key. Both insert; the database lets one through (one active key per
   scope), and both then read the winner.
3. A cached key may have been destroyed meanwhile. Values are never lost by that, only erased later: see `destroy`.
"""

import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_bytes
from threading import Lock
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection

from vault.apart import cursor_apart
from vault.blobs import KEY_BYTES, OpenKey, open_key
from vault.errors import KeyDestroyed, KeyOfAnotherScope, KeyStoreUnreachable, KeyWornOut, UnknownKey
from vault.providers import Context, Wrapped, provider
from vault.scopes import Scope

CACHED_KEYS = 1_000
CACHED_FOR = timedelta(minutes=5)
# NIST SP 800-38D allows 2^32 random nonces under one key. Stopping at 2^28 keeps a collision below 2^-41.
SEALS_PER_KEY = 2**28
COUNTED_IN_BLOCKS_OF = 1_000

_COLUMNS = "id, scope_kind, scope_id, version, provider_key, wrapped, state, sealed_count"
_ACTIVE = f"SELECT {_COLUMNS} FROM vault_datakey WHERE scope_kind = %s AND scope_id = %s AND state <> 'decrypt_only'"  # noqa: S608
_BY_ID = f"SELECT {_COLUMNS} FROM vault_datakey WHERE id = %s"  # noqa: S608
_MANY = f"SELECT {_COLUMNS} FROM vault_datakey WHERE state = 'active' AND (scope_kind, scope_id) IN %s"  # noqa: S608
_NEWEST = f"SELECT {_COLUMNS} FROM vault_datakey WHERE state <> 'destroyed' ORDER BY created DESC LIMIT 1"  # noqa: S608
_INSERT = """
    INSERT INTO vault_datakey (id, scope_kind, scope_id, version, provider_key, wrapped, state, sealed_count)
    VALUES (%s, %s, %s, 1, %s, %s, 'active', 0) ON CONFLICT DO NOTHING
"""
# SKIP LOCKED: whoever holds the row (a rotation, a destruction) may itself be waiting for this caller's transaction.
_COUNT = """
    UPDATE vault_datakey SET sealed_count = sealed_count + %s
    WHERE id = (SELECT id FROM vault_datakey WHERE id = %s FOR UPDATE SKIP LOCKED) RETURNING sealed_count
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A data key as its table holds it."""

    id: UUID
    scope_kind: str
    scope_id: UUID
    version: int
    provider_key: str
    wrapped: bytes | memoryview
    state: str
    sealed_count: int

    @property
    def scope(self) -> Scope:
        return Scope(self.scope_kind, self.scope_id)

    @property
    def is_worn_out(self) -> bool:
        return self.sealed_count >= SEALS_PER_KEY

    @property
    def context(self) -> Context:
        return wrap_context(self.id, self.scope, self.version)


def wrap_context(key_id: UUID, scope: Scope, version: int) -> Context:
    """What a wrapped key is bound to: opaque ids only."""
    return {
        "dek_id": str(key_id),
        "scope_kind": scope.kind,
        "scope_id": str(scope.id),
        "version": str(version),
    }


class Keyring:
    """Unwrapped data keys, the 1,000 last used, each for five minutes at most. Never outside this process's memory.

    Python cannot wipe memory reliably, so a memory image of the process holds these keys; docs/decisions say so.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: OrderedDict[UUID, tuple[float, OpenKey]] = OrderedDict()
        self._active: dict[Scope, UUID] = {}

    def put(self, key: OpenKey, *, active: bool) -> None:
        """Keeps the key; the one that was used longest ago makes room."""
        with self._lock:
            self._keys[key.id] = (time.monotonic() + CACHED_FOR.total_seconds(), key)
            self._keys.move_to_end(key.id)
            if active:
                self._active[key.scope] = key.id
            while len(self._keys) > CACHED_KEYS:
                self._drop(next(iter(self._keys)))

    def by_id(self, key_id: UUID) -> OpenKey | None:
        """The key, unless it is not here or has been here too long."""
        with self._lock:
            return self._get(key_id)

    def active(self, scope: Scope) -> OpenKey | None:
        """The key that seals for this scope, if it is here."""
        with self._lock:
            key_id = self._active.get(scope)
            return self._get(key_id) if key_id else None

    def forget(self, scope: Scope) -> None:
        """Nothing of this scope is kept."""
        with self._lock:
            for key_id in [key_id for key_id, (_, key) in self._keys.items() if key.scope == scope]:
                self._drop(key_id)

    def forget_all(self) -> None:
        """Nothing is kept."""
        with self._lock:
            self._keys.clear()
            self._active.clear()

    def _get(self, key_id: UUID) -> OpenKey | None:
        found = self._keys.get(key_id)
        if found is None:
            return None
        if found[0] < time.monotonic():
            self._drop(key_id)
            return None
        self._keys.move_to_end(key_id)
        return found[1]

    def _drop(self, key_id: UUID) -> None:
        _, key = self._keys.pop(key_id)
        if self._active.get(key.scope) == key_id:
            del self._active[key.scope]


RING = Keyring()
_counts: dict[UUID, int] = {}
_counts_lock = Lock()


def active_key(scope: Scope) -> OpenKey:
    """The key that seals for this scope; made, and durable, when there is none.

    Raises KeyDestroyed when the scope was erased: nothing new is sealed for somebody who was forgotten. Raises
    KeyWornOut when the key may seal no more.
    """
    key = RING.active(scope)
    if key is not None:
        return key
    row = _active_row(scope) or _made(scope)
    if row.is_worn_out:
        raise KeyWornOut
    return _keep(row)


def key_of(key_id: UUID, *, scope: Scope) -> OpenKey:
    """The key that a sealed value names. Raises UnknownKey, KeyDestroyed, or KeyOfAnotherScope."""
    key = RING.by_id(key_id) or _keep(_row_of(key_id))
    if key.scope != scope:
        raise KeyOfAnotherScope
    return key


def load(scopes: Iterable[Scope]) -> None:
    """The active keys of these scopes are in the ring, by one query. Scopes without a key are left without."""
    missing = [scope for scope in dict.fromkeys(scopes) if RING.active(scope) is None]
    if not missing:
        return
    with connection.cursor() as cursor:
        cursor.execute(_MANY, [tuple((scope.kind, scope.id) for scope in missing)])
        rows = [Row(*found) for found in cursor.fetchall()]
    for row in rows:
        _keep(row)


def count_seal(key: OpenKey) -> None:
    """One more value is about to be sealed under this key; at 2^28 the key leaves the ring, and no more are sealed.

    Counted in this process, and added to the row in blocks of 1,000: a write per seal would make every act wait for
    one row. A process that dies takes fewer than 1,000 uncounted seals with it; the limit lies 2^32 - 2^28 seals below
    the standard's, room for four million such deaths.
    """
    with _counts_lock:
        count = _counts.pop(key.id, 0) + 1
        if count < COUNTED_IN_BLOCKS_OF:
            _counts[key.id] = count
            return
    try:
        total = _added(key, count)
    except DatabaseError as exc:
        _give_back(key, count)
        raise KeyStoreUnreachable from exc
    if total is None:
        _give_back(key, count)
    if total is None or total >= SEALS_PER_KEY:
        # The next seal looks at the row again, and finds it worn out, destroyed, or only busy.
        RING.forget(key.scope)


def _added(key: OpenKey, count: int) -> int | None:
    with cursor_apart() as cursor:
        cursor.execute(_COUNT, [count, key.id])
        found = cursor.fetchone()
    return found[0] if found else None


def _give_back(key: OpenKey, count: int) -> None:
    with _counts_lock:
        _counts[key.id] = _counts.get(key.id, 0) + count


def _active_row(scope: Scope) -> Row | None:
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE, [scope.kind, scope.id])
        return _usable([Row(*found) for found in cursor.fetchall()])


def _usable(rows: Sequence[Row]) -> Row | None:
    active = [row for row in rows if row.state == "active"]
    if active:
        return active[0]
    if rows:
        raise KeyDestroyed
    return None


def _made(scope: Scope) -> Row:
    key_id = uuid.uuid4()
    wrapped = provider().wrap(token_bytes(KEY_BYTES), wrap_context(key_id, scope, 1))
    try:
        with cursor_apart() as cursor:
            cursor.execute(_INSERT, [key_id, scope.kind, scope.id, wrapped.provider_key, wrapped.blob])
            cursor.execute(_ACTIVE, [scope.kind, scope.id])
            row = _usable([Row(*found) for found in cursor.fetchall()])
    except DatabaseError as exc:
        raise KeyStoreUnreachable from exc
    if row is None:
        raise UnknownKey
    return row


def _row_of(key_id: UUID) -> Row:
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, [key_id])
        found = cursor.fetchone()
    if found is None:
        raise UnknownKey
    return Row(*found)


def _keep(row: Row) -> OpenKey:
    if row.state == "destroyed":
        raise KeyDestroyed
    wrapped = Wrapped(row.provider_key, bytes(row.wrapped))
    data_key = provider().unwrap(wrapped, row.context)
    key = open_key(data_key, key_id=row.id, scope=row.scope, version=row.version)
    RING.put(key, active=row.state == "active" and not row.is_worn_out)
    return key


def require_newest_opens() -> None:
    """Raises ProviderError when the provider cannot unwrap the newest data key: then it holds another's keys."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        found = cursor.fetchone()
    if found is not None:
        row = Row(*found)
        provider().unwrap(Wrapped(row.provider_key, bytes(row.wrapped)), row.context)
