"""Two who act at the same moment, on two connections: the second begins while nothing of the first is committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

from live.refusals import Refusal

# How often somebody looks whether the second waits; a look takes less than a millisecond.
MOST_LOOKS = 100_000


def one_before_the_other(first: Callable[[], object], second: Callable[[], Any]) -> Any:
    """What the second gave, or its refusal: it begins when the first is done and nothing is committed yet.

    It must wait for the first: one that passes it is a failure.
    """

    def do() -> Any:
        try:
            return second()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            later = pool.submit(do)
            assert any(_waits_for_us() or later.done() for _ in range(MOST_LOOKS))
            assert not later.done(), "it has not waited for the first"
        return later.result(timeout=60)


def _waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0
