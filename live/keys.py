"""Idempotency keys: an act that is sent again gives the first answer again, for ever.

The key's row is inserted first of all in the act's transaction. A second sender of the same key waits on that row until
the first one has committed or rolled back; there is no moment at which both would act.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from live import bounds
from live.acting import about_one
from live.inbox import require_transaction
from live.refusals import Conflict, SignedOut
from live.statements import Statement

# From here on the database ends a transaction whose process is stopped (live/bounds.py).
# A person who was disabled since their request began takes no key: it costs no statement more (accounts/migrations).
_CLAIM = Statement("""
INSERT INTO live_actkey (key, person_id, act, result_id)
SELECT %(key)s::uuid, %(person)s::uuid, %(act)s, %(result)s::uuid
WHERE set_config('idle_in_transaction_session_timeout', %(idle)s, true) IS NOT NULL
    AND live_may_act(%(person)s::uuid)
ON CONFLICT (key) DO NOTHING
""")
_EARLIER = Statement("""
SELECT live_may_act(%s::uuid), k.person_id, k.act, k.result_id
FROM (VALUES (1)) one LEFT JOIN live_actkey k ON k.key = %s::uuid
""")


@dataclass(frozen=True)
class Claim:
    """`earlier` is what the act led to when this key was used before; None when this is the first time."""

    earlier: UUID | None


def claim(key: UUID, *, person_id: UUID, act: str, leads_to: UUID | None = None) -> Claim:
    """Takes the key for this act, or gives the result of the first time; the first statement of the transaction.

    An act that knows beforehand what it leads to says so, and need not settle.
    Waits for a concurrent transaction with the same key. Raises Conflict when the key was used by another person, for
    another act, or by an act that left no result; SignedOut for somebody who was disabled; TransactionManagementError
    outside a transaction.
    """
    require_transaction()
    about_one()
    told = {"key": key, "person": person_id, "act": act, "result": leads_to, "idle": str(bounds.IDLE_MS)}
    if _CLAIM.run(told) == 1:
        return Claim(earlier=None)
    may_act, first_person, first_act, result_id = _EARLIER.only([person_id, key])
    if not may_act:
        raise SignedOut(act=act)
    if (first_person, first_act) != (person_id, act) or result_id is None:
        raise Conflict(code="key_used", act=act)
    return Claim(earlier=result_id)


def settle(key: UUID, *, result_id: UUID) -> None:
    """Keeps what the act led to, for whoever sends the key again. In the same transaction as claim()."""
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE live_actkey SET result_id = %s WHERE key = %s", [result_id, key])
        if cursor.rowcount != 1:
            raise LookupError("a key is settled after it was claimed")
