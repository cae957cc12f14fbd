"""The canary: a page to nobody through every channel, each minute, and what became of the last day's.

It goes the way of every page (the outbox, a worker, the adapter, the gateway) to an address that the operator named, so
that a channel which has gone silent is known before somebody needs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from handover.reach import channels
from handover.reach.models import CANARY, Channel, Delivery

EVERY_SECONDS = 60
# What is kept of it, and what the figures are of.
KEPT, WITHIN = timedelta(days=2), timedelta(hours=24)
# A channel of which nothing has been taken for so long is silent.
SILENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Figures:
    """One channel: what was asked of it within a day, by whom ("canary" or "people"), and what its gateway took.

    The seconds are from when it was due until the gateway had taken it; None where it took nothing.
    """

    asked: int = 0
    taken: int = 0
    failed: int = 0
    waiting: int = 0
    median_seconds: float | None = None
    p95_seconds: float | None = None


@dataclass(frozen=True)
class Standing:
    """How it stands with one channel. `silent_since`: since when its gateway has taken no canary (aware UTC)."""

    channel: Channel
    is_configured: bool
    has_canary: bool
    canary: Figures
    people: Figures
    last_taken: datetime | None
    silent_since: datetime | None
    failure: str


def may_sing() -> list[Channel]:
    """The channels of this installation that have an address for it."""
    return [channel for channel in channels.configured() if settings.CANARY.get(channel.value)]


def sing() -> list[Channel]:
    """Asks for one delivery by each of these channels, and lets go of those that are too old to be kept."""
    through = may_sing()
    with transaction.atomic(durable=True):
        Delivery.objects.filter(subject_kind=CANARY, person_id__isnull=True, made__lt=Now() - KEPT).delete()
        rows = [
            Delivery(
                key=uuid4(),
                channel=channel,
                subject_kind=CANARY,
                subject_id=uuid4(),
                unless_on_device=False,
                due=Now(),
            )
            for channel in through
        ]
        Delivery.objects.bulk_create(rows)
    return through


_FIGURES = """
SELECT channel, person_id IS NULL, count(*), count(*) FILTER (WHERE state = 'sent'),
    count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'waiting'),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FILTER (WHERE state = 'sent'),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY waited) FILTER (WHERE state = 'sent')
FROM (
    -- A failed attempt puts `due` off: what somebody waits for counts from the first.
    SELECT *, extract(epoch FROM sent - CASE WHEN attempts > 1 THEN made ELSE due END)::float AS waited
    FROM reach_delivery WHERE made > statement_timestamp() - make_interval(secs => %s) AND state <> 'dropped'
) AS tried GROUP BY 1, 2
"""
_LAST = """
SELECT channel, max(sent), min(made), (array_agg(failure ORDER BY made DESC))[1]
FROM reach_delivery WHERE person_id IS NULL GROUP BY channel
"""


def standing() -> Sequence[Standing]:
    """Each channel there is, whether it is configured or not, in their usual order."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [WITHIN.total_seconds()])
        found = {(channel, is_canary): Figures(*figures) for channel, is_canary, *figures in cursor.fetchall()}
        cursor.execute(_LAST)
        last = {channel: (taken, first, failure) for channel, taken, first, failure in cursor.fetchall()}
    configured, sung, now = channels.configured(), set(may_sing()), timezone.now()
    standings = []
    for channel in Channel:
        taken, first, failure = last.get(channel.value, (None, None, ""))
        standings.append(
            Standing(
                channel=channel,
                is_configured=channel in configured,
                has_canary=channel in sung,
                canary=found.get((channel.value, True), Figures()),
                people=found.get((channel.value, False), Figures()),
                last_taken=taken,
                silent_since=_silent_since(taken, first, at=now) if channel in sung else None,
                failure=failure,
            )
        )
    return standings


def _silent_since(taken: datetime | None, first: datetime | None, *, at: datetime) -> datetime | None:
    """When a gateway was heard last, where that is too long ago; the first canary's time where it never was."""
    heard = taken or first
    return heard if heard is not None and at - heard > SILENT_AFTER else None
