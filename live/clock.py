"""The database's clock: what a timer is due by, whatever the clocks of the machines say that serve."""

from datetime import datetime

from live.statements import Statement

_NOW = Statement("SELECT clock_timestamp()")


def database_now() -> datetime:
    """The moment, aware, as PostgreSQL has it; also within a transaction that has been running for a while."""
    (now,) = _NOW.only()
    return now  # type: ignore[no-any-return]
