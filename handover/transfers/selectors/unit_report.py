"""How a unit's handovers went: counts and times by week or month, for the officer. Of a unit, never of a person.

A handover is of the unit that the patient goes to, or of its author's where nobody moves; how whole it was written is
of the author's unit. Nothing clinical is read: times, counts, and the codes of the parts that were whole when sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from accounts.actors import PURPOSE, Actor
from accounts.models import Role
from handover.transfers.rules import PARTS
from ledger.agents import Entity
from ledger.services import record
from live.acting import acting_as_system
from live.refusals import NotFound

# Local policy: from then on a handover that nobody has accepted is late.
LATE_AFTER = timedelta(minutes=30)
Bucket = Literal["week", "month"]


@dataclass(frozen=True)
class Arrivals:
    """Patients who left for the unit in one bucket: how many, and how many of them under an override of the gate."""

    begins: date
    moves: int
    overridden: int


@dataclass(frozen=True)
class Acceptances:
    """Handovers sent in one bucket: how many, accepted, late, never read; minutes to acceptance, None for none."""

    begins: date
    sent: int
    accepted: int
    late: int
    unread: int
    half_within: float | None
    most_within: float | None


@dataclass(frozen=True)
class Completeness:
    """Of so many handovers written in the unit, how many had each part whole, all parts, and a synthesis."""

    written: int
    parts: dict[str, int]
    whole: int
    said_back: int


@dataclass(frozen=True)
class Span:
    """From the first moment to before the last, in buckets of the ward's weeks or months."""

    since: datetime
    until: datetime
    bucket: Bucket


@dataclass(frozen=True)
class UnitReport:
    """A unit's figures of a span. `half_within` and `most_within`: minutes from sent to accepted, p50 and p95."""

    arrivals: Sequence[Arrivals]
    acceptances: Sequence[Acceptances]
    completeness: Completeness
    half_within: float | None
    most_within: float | None

    @property
    def moves(self) -> int:
        """How many patients left for the unit."""
        return sum(each.moves for each in self.arrivals)

    @property
    def overridden(self) -> int:
        """How many of them left under an override of the gate."""
        return sum(each.overridden for each in self.arrivals)

    @property
    def late(self) -> int:
        """Handovers that were not accepted within LATE_AFTER."""
        return sum(each.late for each in self.acceptances)

    @property
    def unread(self) -> int:
        """Handovers that nobody read to the end."""
        return sum(each.unread for each in self.acceptances)

    @property
    def sent(self) -> int:
        """Handovers that were sent."""
        return sum(each.sent for each in self.acceptances)


_ARRIVALS = """
SELECT date_trunc(%(bucket)s, departed AT TIME ZONE %(zone)s)::date, count(*), count(departed_under_id)
FROM transfers_transfer
WHERE to_unit_id = %(unit)s AND departed >= %(since)s AND departed < %(until)s AND status <> 'cancelled'
GROUP BY 1 ORDER BY 1
"""
# What was sent first counts, whatever was edited later: the patient's next caregiver waits from then on.
_SENT = """
WITH sent AS (
    SELECT h.id, first.recorded AS sent, h.status, h.accepted,
        extract(epoch FROM h.accepted - first.recorded) / 60 AS minutes,
        EXISTS (
            SELECT FROM live_rung AS rung JOIN transfers_handoverversion AS version ON version.id = rung.subject_id
            WHERE version.handover_id = h.id AND rung.name = 'read'
        ) AS is_read
    FROM transfers_handover AS h
    JOIN transfers_handoverversion AS first ON first.handover_id = h.id AND first.number = 1
    LEFT JOIN transfers_transfer AS move ON move.id = h.transfer_id
    WHERE coalesce(move.to_unit_id, h.author_unit_id) = %(unit)s AND h.status <> 'withdrawn'
    AND first.recorded >= %(since)s AND first.recorded < %(until)s
)
"""
_FIGURES = """
    count(*), count(accepted),
    count(*) FILTER (
        WHERE minutes > %(late)s OR (status = 'sent' AND sent < now() - make_interval(mins => %(late)s))
    ),
    count(*) FILTER (WHERE NOT is_read AND accepted IS NULL),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY minutes)
FROM sent
"""
_ACCEPTANCES = (
    f"{_SENT} SELECT date_trunc(%(bucket)s, sent AT TIME ZONE %(zone)s)::date, {_FIGURES} GROUP BY 1 ORDER BY 1"
)
_ALL = f"{_SENT} SELECT {_FIGURES}"
_WRITTEN = """
SELECT h.whole_parts, count(*), count(h.accepted) FROM transfers_handover AS h
WHERE h.author_unit_id = %(unit)s AND h.sent >= %(since)s AND h.sent < %(until)s AND h.whole_parts IS NOT NULL
GROUP BY 1
"""


@acting_as_system("audit.report")
@transaction.atomic
def unit_report(actor: Actor, unit_id: UUID, *spans: Span) -> list[UnitReport]:
    """The unit's report for each span. Recorded once. Raises NotFound for anybody but a compliance officer."""
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(act="audit.report_read", code="role")
    record("audit.report_read", agent=actor.agent, entity=Entity("unit", unit_id), purpose=PURPOSE)
    return [_report(unit_id, span) for span in spans]


def _report(unit_id: UUID, span: Span) -> UnitReport:
    told = {
        "unit": unit_id,
        "since": span.since,
        "until": span.until,
        "bucket": span.bucket,
        "zone": settings.TIME_ZONE,
        "late": int(LATE_AFTER.total_seconds() // 60),
    }
    ((*_, half, most),) = _rows(_ALL, told)
    return UnitReport(
        arrivals=[Arrivals(*row) for row in _rows(_ARRIVALS, told)],
        acceptances=[Acceptances(*row) for row in _rows(_ACCEPTANCES, told)],
        completeness=_completeness(_rows(_WRITTEN, told)),
        half_within=half,
        most_within=most,
    )


def _completeness(rows: Sequence[Sequence[Any]]) -> Completeness:
    return Completeness(
        written=sum(count for _, count, _ in rows),
        parts={part: sum(count for whole, count, _ in rows if part in whole) for part in PARTS},
        whole=sum(count for whole, count, _ in rows if set(PARTS) <= set(whole)),
        said_back=sum(accepted for *_, accepted in rows),
    )


def _rows(statement: str, told: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return list(cursor.fetchall())
