"""Whether this installation can do its work: the database, its migrations, and the provider of keys.

/healthz tells a load balancer and bin/serve which part is not good, by name; it tells nobody why.
"""

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from live.refusals import DatabaseAway
from vault.errors import VaultError
from vault.services import health as key_health


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every part is good, 503 with the name of the first that is not."""
    for part, is_good in PARTS.items():
        if not is_good():
            later = {"Retry-After": str(DatabaseAway.retry_after)}
            return JsonResponse({"ok": False, "failed": part}, status=503, headers=later)
    return JsonResponse({"ok": True})


def database_is_good() -> bool:
    """The database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        # The next request of this thread begins with a new connection.
        connection.close()
        return False
    return True


def migrations_are_applied() -> bool:
    """Nothing in the code waits to be applied to the database. Once true it stays so for this process' code."""
    if not _APPLIED:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        # Reading every migration takes a tenth of a second, and a load balancer asks every few seconds.
        _APPLIED.append(True)
    return True


def keys_are_good() -> bool:
    """The key provider wraps and unwraps, and holds the keys of this database."""
    try:
        return key_health().is_good
    except VaultError:
        return False


_APPLIED: list[bool] = []
PARTS: dict[str, Callable[[], bool]] = {
    "database": database_is_good,
    "migrations": migrations_are_applied,
    "keys": keys_are_good,
}
