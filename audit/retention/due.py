"""Who has been kept for as long as the policies say, and is in nobody's hands.

Closed means: no move and no handover on its way, no emergency access, override or flag that waits for its review, no
breach and no disclosure whose documentation is still to be kept, no legal hold, and not one thing written about the
patient, in a conversation or by a page either, within the time that they are kept for. A stay, or somebody's
responsibility, that nobody ever ended does not keep a patient for ever: after years in which nothing was written it was
forgotten, and the officer is told of it (`is_open`). docs/retention.md.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.disclosures.bases import EXEMPT

AT_ONCE = 50
# The documentation of a breach: 45 CFR 164.414(b) with 164.530(j)(2).
BREACH_YEARS = 6
# What an accounting of disclosures is made of: 45 CFR 164.528(d) with 164.530(j)(2).
DISCLOSURE_YEARS = 6


@dataclass(frozen=True)
class Due:
    """A patient who may be erased. `last` is the newest thing about them; they were to be kept for `years` after it."""

    patient_id: UUID
    last: datetime
    years: int
    is_open: bool


# Without a policy of the whole house there is no row: nothing is due until two have said how long.
_DUE = """
WITH house AS (
    SELECT q.years FROM retention_policy q
    WHERE q.kind = 'patient_record' AND q.unit_id IS NULL AND q.approved IS NOT NULL AND q.ended IS NULL
), quiet AS (
    SELECT p.id,
        greatest(
            p.created,
            (SELECT max(coalesce(e.ended, e.started)) FROM patients_encounter e WHERE e.patient_id = p.id),
            (SELECT max(s.recorded) FROM patients_summaryversion s WHERE s.patient_id = p.id),
            (SELECT max(greatest(g.ends, g.reviewed)) FROM patients_breakglass g WHERE g.patient_id = p.id),
            (SELECT max(greatest(t.planned, t.departed, t.arrived, t.closed)) FROM transfers_transfer t
                WHERE t.patient_id = p.id),
            (SELECT max(greatest(h.created, h.sent, h.accepted, h.declined)) FROM transfers_handover h
                WHERE h.patient_id = p.id),
            (SELECT max(v.recorded) FROM transfers_handoverversion v JOIN transfers_handover h ON h.id = v.handover_id
                WHERE h.patient_id = p.id),
            (SELECT max(coalesce(r.until, r.since)) FROM transfers_responsibility r WHERE r.patient_id = p.id),
            (SELECT max(greatest(a.due, a.done, a.dropped)) FROM transfers_openaction a WHERE a.patient_id = p.id),
            (SELECT max(m.sent) FROM messaging_message m JOIN messaging_thread t ON t.id = m.thread_id
                WHERE t.patient_id = p.id),
            (SELECT max(v.made) FROM messaging_revision v JOIN messaging_message m ON m.id = v.message_id
                JOIN messaging_thread t ON t.id = m.thread_id WHERE t.patient_id = p.id),
            (SELECT max(greatest(g.sent, g.owned, g.done, g.withdrawn)) FROM paging_page g WHERE g.patient_id = p.id),
            (SELECT max(w.written) FROM paging_ownersview w JOIN paging_page g ON g.id = w.page_id
                WHERE g.patient_id = p.id),
            (SELECT max(n.decided) FROM paging_notpaged n WHERE n.patient_id = p.id)
        ) AS last,
        greatest(
            (SELECT years FROM house),
            (SELECT max(q.years) FROM retention_policy q JOIN patients_encounter e ON e.unit_id = q.unit_id
                WHERE e.patient_id = p.id AND q.kind = 'patient_record' AND q.approved IS NOT NULL AND q.ended IS NULL)
        ) AS years
    FROM patients_patient p
    WHERE p.created < statement_timestamp() - make_interval(years => (SELECT years FROM house)::int)
        AND (%(patient)s::uuid IS NULL OR p.id = %(patient)s::uuid)
        AND NOT EXISTS (SELECT FROM vault_datakey k
            WHERE k.scope_kind = 'patient' AND k.scope_id = p.id AND k.state = 'destroyed')
        AND NOT EXISTS (SELECT FROM retention_legalhold l WHERE l.patient_id = p.id AND l.lifted IS NULL)
        AND NOT EXISTS (SELECT FROM transfers_transfer t
            WHERE t.patient_id = p.id AND t.status IN ('planned', 'departed'))
        AND NOT EXISTS (SELECT FROM transfers_handover h WHERE h.patient_id = p.id AND h.status = 'sent')
        AND NOT EXISTS (SELECT FROM patients_breakglass g WHERE g.patient_id = p.id AND g.reviewed IS NULL)
        AND NOT EXISTS (SELECT FROM transfers_override o JOIN transfers_transfer t ON t.id = o.transfer_id
            WHERE t.patient_id = p.id AND o.reviewed IS NULL AND (o.is_emergency OR o.approved IS NOT NULL))
        -- What was found of who looked is sealed under the patient's key: open, or a breach, for six years after it.
        AND NOT EXISTS (SELECT FROM review_flag f LEFT JOIN review_breach b ON b.flag_id = f.id
            WHERE f.patient_id = p.id AND (f.settled IS NULL
                OR b.discovered > statement_timestamp() - make_interval(years => %(breach)s)))
        -- So is to whom something went, which the patient may ask for six years long.
        AND NOT EXISTS (SELECT FROM disclosures_disclosure d
            WHERE d.patient_id = p.id AND d.made_on > statement_timestamp() - make_interval(years => %(disclosure)s)
                AND NOT d.basis = ANY (%(exempt)s))
)
SELECT q.id, q.last, q.years,
    EXISTS (SELECT FROM patients_encounter e WHERE e.patient_id = q.id AND e.status = 'active')
        OR EXISTS (SELECT FROM transfers_responsibility r WHERE r.patient_id = q.id AND r.until IS NULL)
FROM quiet q
WHERE q.last < statement_timestamp() - make_interval(years => q.years::int)
    AND (%(open)s OR NOT EXISTS (SELECT FROM retention_erasure x
        WHERE x.patient_id = q.id AND x.dropped IS NULL AND x.stopped IS NULL AND x.erased IS NULL
            AND (x.approved IS NOT NULL OR x.good_until > statement_timestamp())))
ORDER BY q.last, q.id LIMIT %(most)s
"""


def due() -> list[Due]:
    """Who may be proposed, those who wait longest first, 50 at most. Acting as the system."""
    return _due(patient=None, includes_open=False)


def is_due(patient_id: UUID) -> bool:
    """Whether this patient may be erased now, whether or not it was proposed. Acting as the system."""
    return bool(_due(patient=patient_id, includes_open=True))


def _due(*, patient: UUID | None, includes_open: bool) -> list[Due]:
    with connection.cursor() as cursor:
        years = {"breach": BREACH_YEARS, "disclosure": DISCLOSURE_YEARS}
        told = {"patient": patient, "open": includes_open, "most": AT_ONCE, "exempt": [str(each) for each in EXEMPT]}
        cursor.execute(_DUE, {**told, **years})
        return [Due(*row) for row in cursor.fetchall()]
