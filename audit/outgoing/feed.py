"""The feed: every event of the record, in the order of its places in the log, to a receiver of the hospital's own.

The position is a row; it moves on when the receiver has confirmed a batch (audit/outgoing/syslog.py), so nothing is
left out, whatever breaks. A batch that was not confirmed is sent again, and so may arrive twice: each message carries
the event's number and its place. One process sends at a time: it moves the row's `next` on before it begins.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from audit.fhir_audit import audit_events
from audit.outgoing.batches import surroundings_of
from audit.outgoing.models import FeedPosition
from audit.outgoing.syslog import ERROR, NOTICE, WARNING, NotTaken, Receiver, deliver, message
from ledger.models import Event, Leaf

logger = logging.getLogger("readback.feed")
ROUND_SECONDS = 2.0
EVENTS_IN_A_BATCH = 200
BATCHES_A_ROUND = 10
LONGEST_PAUSE = timedelta(minutes=5)
# Longer than any batch may take (CONNECT_SECONDS and BATCH_SECONDS).
_LEASE_SECONDS = 90
_SEVERITIES = {"success": NOTICE, "refused": WARNING, "failed": ERROR}
_TAKE = """
UPDATE outgoing_feedposition SET next = statement_timestamp() + make_interval(secs => %s)
WHERE id = 1 AND next <= statement_timestamp() RETURNING place, failures
"""
_FAILED = """
UPDATE outgoing_feedposition SET next = statement_timestamp() + make_interval(secs => %s), failures = failures + 1,
    away = coalesce(away, statement_timestamp()), why = %s
WHERE id = 1 AND place = %s
"""


@dataclass(frozen=True)
class Placed:
    """Events in the order of their places, from `start` until before `end`."""

    start: int
    end: int
    events: Sequence[tuple[int, Event]]


def receiver() -> Receiver:
    """The one of the settings; its url is empty where there is none."""
    return Receiver(
        settings.FEED_URL,
        settings.FEED_CA_FILE,
        settings.FEED_CERT_FILE,
        settings.FEED_KEY_FILE,
        settings.FEED_PLAIN_CLOSE,
    )


def run_round(to: Receiver | None = None, *, batches: int = BATCHES_A_ROUND) -> int:
    """How many events the receiver took now; 0 where there is none, nothing waits, or another process is at it."""
    to = to or receiver()
    if not to.url:
        return 0
    FeedPosition.objects.get_or_create(pk=1)
    sent = 0
    for _batch in range(batches):
        several = _run_batch(to)
        sent += several
        if several < EVENTS_IN_A_BATCH:
            break
    return sent


def begin_at(place: int) -> None:
    """The feed goes on from this place: what lies before is not sent, or sent again."""
    FeedPosition.objects.update_or_create(pk=1, defaults={"place": place, "next": Now(), "failures": 0, "away": None})


def _run_batch(to: Receiver) -> int:
    if not Leaf.objects.filter(place__gte=FeedPosition.objects.get(pk=1).place).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [_LEASE_SECONDS])
        taken = cursor.fetchone()
    if taken is None:
        return 0
    start, failures = taken
    placed = events_from(start)
    try:
        deliver(to, messages_of(placed))
    except NotTaken as exc:
        pause = min(timedelta(seconds=2 ** min(failures, 10)), LONGEST_PAUSE)
        logger.warning("feed.not_taken", extra={"code": exc.code, "place": start, "failures": failures + 1})
        with connection.cursor() as cursor:
            cursor.execute(_FAILED, [pause.total_seconds(), exc.code, start])
        return 0
    # Only from where it began: whoever held the lease too long and was overtaken moves nothing back.
    mine = FeedPosition.objects.filter(pk=1, place=start)
    mine.update(place=placed.end, taken=Now(), next=Now(), failures=0, away=None, why="")
    return placed.end - placed.start


def events_from(start: int) -> Placed:
    """The next events in the order of their places. One that is gone from the record is said, and passed over."""
    leaves = Leaf.objects.filter(place__gte=start).order_by("place")[:EVENTS_IN_A_BATCH]
    rows = list(leaves.values_list("place", "event_id", "recorded"))
    times = [recorded for _place, _id, recorded in rows]
    # By their times too: they say in which months to look.
    of_then = Event.objects.filter(recorded__range=(min(times), max(times))) if rows else Event.objects.none()
    found = of_then.in_bulk([event_id for _place, event_id, _recorded in rows])
    for place, event_id, _recorded in rows:
        if event_id not in found:
            # `ledger verify` names it too; the feed must not stop at it for ever.
            logger.error("feed.event_gone", extra={"place": place})
    events = [(place, found[event_id]) for place, event_id, _recorded in rows if event_id in found]
    return Placed(start, rows[-1][0] + 1 if rows else start, events)


def messages_of(placed: Placed) -> list[bytes]:
    """One message for each AuditEvent; what is about a list of patients gives as many as BALP asks for."""
    around = surroundings_of([event for _place, event in placed.events])
    messages = []
    for place, event in placed.events:
        for resource in audit_events(event, around):
            tag = {"system": "urn:x-readback:place", "code": str(place)}
            resource["meta"] = {**resource.get("meta", {}), "tag": [tag]}
            # ASCII: so the message needs no mark of its encoding (RFC 5424, 6.4).
            text = json.dumps(resource, ensure_ascii=True, separators=(",", ":"))
            severity = _SEVERITIES.get(event.outcome, NOTICE)
            messages.append(message(text, severity=severity, at=resource["recorded"]))
    return messages
