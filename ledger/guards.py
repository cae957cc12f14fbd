"""Whether the log's tables are guarded as they were made: each trigger of theirs always on, each month in its place.

A guard that is off has changed nothing yet. But whoever owns the tables has switched it off, and what is done meanwhile
to what is in no tree yet is seen by nothing else. What a superuser puts in the place of a trigger's function is not.
"""

from django.db.backends.utils import CursorWrapper

_OF_EVENTS = (
    "ledger_event_has_the_databases_time",
    "ledger_event_is_append_only",
    "ledger_event_is_never_emptied",
    "ledger_event_waits_for_a_place",
)
_OF_ORDER = {
    "ledger_checkpoint": ("ledger_checkpoint_covers_the_log", "ledger_checkpoint_is_append_only"),
    "ledger_cosignature": ("ledger_cosignature_is_append_only",),
    "ledger_leaf": ("ledger_leaf_is_append_only", "ledger_leaf_leaves_no_gap"),
    "ledger_tile": ("ledger_tile_is_append_only",),
    "ledger_waiting": ("ledger_waiting_ends_with_a_place", "ledger_waiting_is_never_emptied"),
}
_EVENTS, _ANY_MONTH = "ledger_event", "ledger_event_default"
# ENABLE ALWAYS is 'A': an ordinary trigger sleeps in a session that takes itself for a replica.
_ON = """
SELECT tables.relname, array_agg(triggers.tgname::text)
FROM pg_class AS tables LEFT JOIN pg_trigger AS triggers
    ON triggers.tgrelid = tables.oid AND triggers.tgenabled = 'A' AND tables.relhastriggers
WHERE tables.relnamespace = 'public'::regnamespace AND (
    tables.relname = ANY (%s) OR tables.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(%s))
)
GROUP BY tables.relname ORDER BY tables.relname
"""
_ATTACHED = "SELECT to_regclass(%s) IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(%s))"
_DETACHED = r"""
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relispartition
AND relname ~ '^ledger_event_(default|[0-9]{4}_[0-9]{2})$' ORDER BY relname
"""


def faults(cursor: CursorWrapper) -> list[str]:
    """A sentence for each guard that is off; none where all is as it was made."""
    cursor.execute(_ON, [[_EVENTS, *_OF_ORDER], _EVENTS])
    on = {table: set(triggers) for table, triggers in cursor.fetchall()}
    wanted = {**dict.fromkeys(on, _OF_EVENTS), **_OF_ORDER}
    found = detached(cursor)
    found += [
        f"The guard {name} of {table} is off."
        for table, names in wanted.items()
        for name in names
        if name not in on.get(table, ())
    ]
    cursor.execute(_ATTACHED, [_ANY_MONTH, _EVENTS])
    if cursor.fetchone() != (True,):
        found.append(f"There is no {_ANY_MONTH}: an event of a month that nobody made could not be kept.")
    return found


def detached(cursor: CursorWrapper) -> list[str]:
    """A sentence for each month that lies beside the record, and is no longer part of it."""
    cursor.execute(_DETACHED)
    return [f"The month {table} is detached from the record." for (table,) in cursor.fetchall()]
