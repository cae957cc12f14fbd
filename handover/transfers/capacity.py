"""How full a unit is at a moment, as far as the product knows: counts only."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from handover.transfers.rules import Capacity
from live.acting import acting_as_system

# Who has left and not come yet has no bed here any more, although their stay is still this unit's.
_CAPACITY = """
SELECT
    (SELECT count(*) FROM patients_encounter e WHERE e.unit_id = %(unit)s AND e.status = 'active' AND NOT EXISTS (
        SELECT FROM transfers_transfer t WHERE t.patient_id = e.patient_id AND t.status = 'departed')),
    (SELECT count(*) FROM transfers_transfer t WHERE t.to_unit_id = %(unit)s
        AND t.status IN ('planned', 'departed') AND t.id IS DISTINCT FROM %(own)s),
    (SELECT count(*) FROM transfers_transfer t WHERE t.from_unit_id = %(unit)s AND t.status = 'planned'
        AND t.id IS DISTINCT FROM %(own)s),
    count(DISTINCT p.id) FILTER (WHERE p.role = 'nurse'), count(DISTINCT p.id) FILTER (WHERE p.role = 'physician')
FROM accounts_duty d JOIN accounts_person p ON p.id = d.person_id AND p.is_active
WHERE d.unit_id = %(unit)s AND d.starts <= %(at)s AND (d.ends IS NULL OR d.ends > %(at)s)
"""


def capacity_of(unit_id: UUID, *, at: datetime, beside: UUID | None) -> Capacity:
    """The unit's patients, moves and staff on duty at `at`; the move `beside` is not counted."""
    # Counts of all that the unit has, for whoever sends somebody there; of nobody more than that they are one.
    with acting_as_system("capacity"), connection.cursor() as cursor:
        cursor.execute(_CAPACITY, {"unit": unit_id, "own": beside, "at": at})
        return Capacity(*cursor.fetchone())
