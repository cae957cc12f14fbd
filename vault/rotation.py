"""Turns keys while the product runs. Both kinds of turning go row by row, each row durable before the next.

A provider's key: a new one wraps what is new, then every data key is unwrapped and wrapped again. Sealed values are not
touched. A data key: the scope gets a new version that seals what is new; the old one goes on opening what it sealed,
found by the id that each value carries. A run that was interrupted is finished by running it again.
"""

from collections.abc import Iterator
from secrets import token_bytes
from uuid import UUID, uuid4

from django.db import models, transaction

from vault import keys
from vault.blobs import KEY_BYTES
from vault.models import DataKey
from vault.providers import Wrapped, provider
from vault.scopes import Scope

ROWS_AT_A_TIME = 500


def left_to_rewrap() -> int:
    """How many data keys are wrapped by another key than the provider's primary. 0 after a finished rotation."""
    return _kept().exclude(provider_key=provider().primary()).count()


def turn_provider_key() -> str:
    """The name of the provider's new primary key. Data keys are not rewrapped yet: see `rewrap`."""
    return provider().turn()


def rewrap() -> Iterator[int]:
    """Wraps every data key by the provider's primary; yields how many are done after each batch.

    Raises ProviderError subclasses at the first key that does not unwrap, and leaves that row as it is: a key that
    cannot be read must not be written.
    """
    done = 0
    waiting = _kept().exclude(provider_key=provider().primary()).order_by("pk").values_list("pk", flat=True)
    while batch := list(waiting[:ROWS_AT_A_TIME]):
        with transaction.atomic(durable=True):
            for row in _kept().filter(pk__in=batch).order_by("pk").select_for_update():
                fresh = provider().rewrap(Wrapped(row.provider_key, bytes(row.wrapped)), _context(row))
                row.provider_key, row.wrapped = fresh.provider_key, fresh.blob
                row.save(update_fields=["provider_key", "wrapped"])
                done += 1
        yield done


def turn_data_keys() -> Iterator[int]:
    """Gives every scope a new data key; yields how many are done.

    The key of the blind indexes is left: an index cannot be made anew without reading every value again.
    """
    scopes = (
        DataKey.objects.filter(state=DataKey.State.ACTIVE)
        .exclude(scope_kind="index")
        .order_by("pk")
        .values_list("pk", "scope_kind", "scope_id")
    )
    done = 0
    for key_id, kind, scope_id in list(scopes):
        done += turn_data_key(Scope(kind, scope_id), current=key_id)
        yield done


def turn_data_key(scope: Scope, *, current: UUID) -> int:
    """1 when the scope has a new key, 0 when `current` is no longer its active one (somebody else has turned it).

    Never inside a caller's transaction: nobody may seal with the new key before it is durable. Other processes go on
    sealing under the old one for five minutes at most, which is as good: it still opens.
    """
    with transaction.atomic(durable=True):
        row = DataKey.objects.select_for_update().filter(pk=current, state=DataKey.State.ACTIVE).first()
        if row is None:
            return 0
        row.state = DataKey.State.DECRYPT_ONLY
        row.save(update_fields=["state"])
        key_id, version = uuid4(), row.version + 1
        fresh = provider().wrap(token_bytes(KEY_BYTES), keys.wrap_context(key_id, scope, version))
        DataKey.objects.create(
            id=key_id,
            scope_kind=scope.kind,
            scope_id=scope.id,
            version=version,
            provider_key=fresh.provider_key,
            wrapped=fresh.blob,
        )
    keys.RING.forget(scope)
    return 1


def _kept() -> models.QuerySet[DataKey]:
    return DataKey.objects.exclude(state=DataKey.State.DESTROYED)


def _context(row: DataKey) -> dict[str, str]:
    return dict(keys.wrap_context(row.pk, Scope(row.scope_kind, row.scope_id), row.version))
