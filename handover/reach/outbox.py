"""Sends what is due: whichever process finds it claims it, sends it outside any transaction, and writes down the end.

A claim is a lease and a fence, committed before anything is sent. A network call holds no row and no thread of the
pool: each channel has a few threads of its own, and a gateway that hangs keeps those and no others. Who dies on the way
leaves a lease that runs out, and somebody else sends; between a gateway's yes and the row that says so lies a moment in
which a crash makes the same page go out twice. It is never lost by that, and what it does in the database happens once.
docs/decisions/0082.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from handover.reach import channels
from handover.reach.channels import DIGEST, LETTER, Adapter, Outcome, Outgoing
from handover.reach.models import CANARY, SILENT, Channel, Delivery
from handover.reach.rules import MOST_ATTEMPTS, again_after
from handover.reach.services import failed_of
from live.acting import acting_as_system
from live.bounds import bound_transaction
from live.inbox import announce
from live.models import Rung
from live.watching import grace

logger = logging.getLogger("readback.reach")
LOOK_SECONDS = 1.0
# An adapter gives up by then; who takes longer has failed, whatever still comes of it.
SEND_SECONDS = 8.0
# Longer than a send may take, and short enough that somebody else has it within 15 s of a death.
LEASE = timedelta(seconds=12)
# What could not be sent for so long rings nobody any more: a server that comes back after a week wakes no ward for it.
TOO_OLD = timedelta(hours=12)
# Sent at once by one channel of one process.
AT_ONCE = 6
# What answers quickly is written down in the same look.
_MOMENT_SECONDS = 0.25
State = Delivery.State


@dataclass(frozen=True)
class _Flight:
    """A delivery that is on its way, under the fence by which its end may be written."""

    row: Delivery
    since: float
    future: "Future[Outcome]"


# Where what is about such a subject goes instead of its person's usual address, and the code that it carries.
Letter = Callable[[UUID], tuple[str, str] | None]
_letters: dict[str, Letter] = {}
_counts: dict[str, Callable[[UUID], int]] = {}


def register_letter(kind: str, letter: Letter) -> None:
    """From now on what is about such a subject goes to `letter(subject_id)`: an address, with a code; None: nowhere."""
    _letters[kind] = letter


def register_count(kind: str, count: Callable[[UUID], int]) -> None:
    """From now on what is about such a subject is a digest, and tells of `count(subject_id)` things."""
    _counts[kind] = count


class Outbox:
    """What one process has on its way. tick() is called again and again, by one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: list[_Flight] = []
        self._threads: dict[Channel, ThreadPoolExecutor] = {}
        # Given up, and still holding a thread.
        self._late: dict[Channel, list[Future[Outcome]]] = {}

    def tick(self) -> int:
        """How many deliveries came to an end or were put off. What was due and had a free thread is on its way then.

        It goes on while gateways answer and something is due, for as long as one look is from the next.
        """
        with self._lock:
            ended, until = self._settle(), time.monotonic() + LOOK_SECONDS
            # Nearly always there is nothing, and one statement says so.
            if not _due().exists():
                return ended
            drop_needless()
            ended += give_up()
            while self._send_all_due() and time.monotonic() < until:
                wait([flight.future for flight in self._flights], timeout=_MOMENT_SECONDS)
                ended += self._settle()
            return ended

    def drain(self) -> int:
        """As tick(), until nothing is on its way any more."""
        ended = self.tick()
        while self._flights:
            ended += self.tick()
        return ended

    def finish(self) -> None:
        """What is on its way comes to its end, and nothing new is sent: what was taken is not sent once more."""
        with self._lock:
            while self._flights:
                wait([flight.future for flight in self._flights], timeout=_MOMENT_SECONDS)
                self._settle()

    def _send_all_due(self) -> int:
        return sum(self._send_due(channel, adapter) for channel, adapter in channels.configured().items())

    def _send_due(self, channel: Channel, adapter: Adapter) -> int:
        """How many were claimed: as many as have a thread at once."""
        late = self._late[channel] = [future for future in self._late.get(channel, []) if not future.done()]
        free = AT_ONCE - len(late) - sum(flight.row.channel == channel for flight in self._flights)
        rows = claim(channel, most=free) if free > 0 else []
        if not rows:
            return 0
        found = adapter.find([row.person_id for row in rows if row.person_id])
        threads = self._threads.setdefault(channel, ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"reach_{channel}"))
        for row in rows:
            outgoing = _outgoing(row, channel, found)
            if outgoing.to is None:
                write_end(row, Outcome(failure="no_address", is_final=True))
                continue
            self._flights.append(_Flight(row, time.monotonic(), threads.submit(adapter.send, outgoing)))
        return len(rows)

    def _settle(self) -> int:
        ended, flights, still = 0, list(self._flights), []
        try:
            while flights:
                flight = flights.pop(0)
                is_late = time.monotonic() - flight.since > SEND_SECONDS
                if not flight.future.done() and not is_late:
                    still.append(flight)
                    continue
                ended += 1
                if flight.future.done():
                    write_end(flight.row, _outcome(flight.future))
                else:
                    self._late[Channel(flight.row.channel)].append(flight.future)
                    write_end(flight.row, Outcome(failure="timeout"))
        finally:
            # Where the end of one cannot be written down, the others' still is: nothing of theirs goes out again.
            self._flights = still + flights
        return ended


OUTBOX = Outbox()


def _outgoing(row: Delivery, channel: Channel, found: Mapping[UUID, Any]) -> Outgoing:
    """What is sent for this row; to None, where there is nowhere to send it."""
    kind, to, code, count = "page", None, row.code, 0
    if row.person_id is None:
        kind, to = CANARY, canary_address(channel)
    elif row.subject_kind in _letters:
        kind, (to, code) = LETTER, _letters[row.subject_kind](row.subject_id) or (None, "")
    else:
        to = found.get(row.person_id)
    if row.subject_kind in _counts:
        kind, count = DIGEST, _counts[row.subject_kind](row.subject_id)
    return Outgoing(row.pk, channel, to, kind, code, row.subject_id, row.subject_kind, row.sound, count)


def canary_address(channel: Channel) -> str | None:
    """Where the canary goes by this channel, from the settings; None: nowhere."""
    address: str | None = settings.CANARY.get(channel.value)
    return address


def drop_needless() -> int:
    """How many that are due are not needed: on a device of the person by now, the person has left, or far too late."""
    on_device = Rung.objects.filter(
        subject_id=OuterRef("subject_id"), person_id=OuterRef("person_id"), name=Rung.Name.ON_DEVICE
    )
    needless = Q(Exists(on_device), unless_on_device=True) | Q(person__is_active=False) | Q(due__lt=Now() - TOO_OLD)
    with _bounded():
        # Joined and locked by themselves: an UPDATE of a join would take the rows in any order.
        due = _due().filter(needless).select_for_update(skip_locked=True, no_key=True, of=("self",))
        ids = list(due.values_list("pk", flat=True))
        return Delivery.objects.filter(pk__in=ids).update(state=State.DROPPED) if ids else 0


def claim(channel: Channel, *, most: int) -> Sequence[Delivery]:
    """What is due by this channel and nobody has, leased to this process; committed when it returns."""
    return _leased(
        _due().filter(channel=channel, attempts__lt=MOST_ATTEMPTS, due__gte=Now() - TOO_OLD), most=most, attempts=1
    )


def give_up() -> int:
    """How many have failed now because whoever tried them last never said how it ended, four times over."""
    rows = _leased(_due().filter(attempts__gte=MOST_ATTEMPTS), most=AT_ONCE, attempts=0)
    for row in rows:
        write_end(row, Outcome(failure="lost", is_final=True))
    return len(rows)


def _leased(due: QuerySet[Delivery], *, most: int, attempts: int) -> Sequence[Delivery]:
    with _bounded():
        rows = list(due.order_by("due", "pk").select_for_update(skip_locked=True, no_key=True)[:most])
        if rows:
            Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
                leased_until=Now() + LEASE, fence=F("fence") + 1, attempts=F("attempts") + attempts
            )
    for row in rows:
        row.fence, row.attempts = row.fence + 1, row.attempts + attempts
    return rows


def write_end(row: Delivery, outcome: Outcome) -> None:
    """Writes down what became of an attempt, where its fence is still this process's: all of it, or nothing."""
    with acting_as_system("reach.outbox"), _bounded():
        if outcome.then is not None:
            outcome.then()
        if not outcome.failure:
            _write_sent(row)
            return
        logger.warning("reach.not_taken", extra={"channel": row.channel, "failure": outcome.failure})
        after = None if outcome.is_final else again_after(row.attempts)
        mine = Delivery.objects.filter(pk=row.pk, fence=row.fence, state=State.WAITING)
        if after is not None:
            mine.update(due=Now() + after, leased_until=None, failure=outcome.failure)
        elif _locked_alert(row) and mine.update(state=State.FAILED, failure=outcome.failure):
            _tell_if_none_took_it(row)


@contextmanager
def _bounded() -> Iterator[None]:
    with transaction.atomic(durable=True):
        bound_transaction()
        yield


def _due() -> QuerySet[Delivery]:
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    return Delivery.objects.filter(is_free, state=State.WAITING, due__lte=Now() - grace())


def _write_sent(row: Delivery) -> None:
    # What was dropped while it was on its way has been sent all the same, and says so.
    mine = Delivery.objects.filter(pk=row.pk, fence=row.fence, state__in=[State.WAITING, State.DROPPED])
    mine.update(state=State.SENT, sent=Now(), failure="")


def _of_its_alert(row: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(Q(key=row.key, person_id=row.person_id))


def _locked_alert(row: Delivery) -> list[UUID]:
    """Every delivery of the same alert, locked: of two that fail last at once, the second sees the first."""
    return list(_of_its_alert(row).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _tell_if_none_took_it(row: Delivery) -> None:
    """A letter that was taken is nobody reached, and one that was not is nobody lost: both are left out."""
    handler = failed_of(row.subject_kind)
    if handler is None or row.person_id is None or row.channel in SILENT:
        return
    if _of_its_alert(row).exclude(state=State.FAILED).exclude(channel__in=SILENT).exists():
        return
    announce(*handler(row.subject_id, row.person_id, row.channel))


def _outcome(future: "Future[Outcome]") -> Outcome:
    failure = future.exception()
    if failure is None:
        return future.result()
    logger.error("reach.adapter_failed", exc_info=failure)
    return Outcome(failure="error")
