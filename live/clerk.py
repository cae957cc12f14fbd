"""Writes down, in batches, what happens on sockets: rungs that were pushed, and what devices have acknowledged.

One transaction per batch, never on the way of a push. What could not be written is tried again, up to a bound; a device
that connects anew says its number again, and so makes good what a crash has lost.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from live import ladder, limits
from live.bounds import bounding
from live.door import Connected
from live.inbox import Subject, announce
from live.ladder import Step
from live.models import Rung
from live.pool import in_pool
from live.statements import Call, Statement, run_together

logger = logging.getLogger("readback.live")
# Between two batches, so that a busy moment makes few commits and a quiet one waits for nothing.
BATCH_EVERY_SECONDS = 0.01
RETRY_SECONDS = 1.0
KEPT_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Climb:
    """A rung that may be new, and who is told if it is."""

    step: Step
    sender_id: UUID


class Clerk:
    """Collects on the event loop, writes in the pool."""

    def __init__(self) -> None:
        self._climbs: deque[Climb] = deque(maxlen=KEPT_STEPS)
        self._acks: dict[UUID, tuple[Connected, int]] = {}
        self._work = asyncio.Event()

    def pushed(self, connected: Connected, *, subject: Subject, sender_id: UUID) -> None:
        """Notes that the subject was handed to this device's socket."""
        step = Step(Rung.Name.PUSHED.value, subject, connected.person_id, connected.session_id, connected.device)
        self._climbs.append(Climb(step, sender_id))
        self._work.set()

    def acknowledged(self, connected: Connected, number: int, *, is_urgent: bool) -> None:
        """Notes that the device stores everything up to `number`. When somebody waits for it, it is written at once."""
        earlier = self._acks.get(connected.session_id)
        if earlier is None or earlier[1] < number:
            self._acks[connected.session_id] = (connected, number)
        if is_urgent:
            self._work.set()

    def nudge(self) -> None:
        """Has written what is not urgent, too."""
        if self._acks:
            self._work.set()

    async def run(self) -> None:
        """Writes batch after batch, for as long as the task lives."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self.flush()
            await asyncio.sleep(BATCH_EVERY_SECONDS)

    async def flush(self) -> None:
        """Writes what there is now."""
        climbs, acks = list(self._climbs), list(self._acks.values())
        self._climbs.clear()
        self._acks.clear()
        if not climbs and not acks:
            return
        try:
            await in_pool(write, climbs, acks)
        except Exception:
            logger.exception("live.rungs_not_written")
            self._climbs.extendleft(reversed(climbs))
            for connected, number in acks:
                self.acknowledged(connected, number, is_urgent=False)
            await asyncio.sleep(RETRY_SECONDS)
            self._work.set()


# Without a cursor the device is new: then one page back is looked at, which is what it can have been replayed at once.
_ACKNOWLEDGE = Statement("""
WITH said AS (
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS said (session_id, person_id, number)
), kept AS (
    INSERT INTO live_devicecursor (session_id, person_id, number)
    SELECT session_id, person_id, number FROM said ORDER BY session_id
    ON CONFLICT (session_id) DO UPDATE SET number = greatest(live_devicecursor.number, EXCLUDED.number)
)
SELECT said.session_id, item.subject_kind, item.subject_id, item.sender_id
FROM said
LEFT JOIN live_devicecursor earlier USING (session_id)
JOIN live_inboxitem item ON item.person_id = said.person_id
    AND item.number > coalesce(earlier.number, said.number - %s) AND item.number <= said.number
WHERE item.climbs
ORDER BY said.session_id, item.number
""")


def write(climbs: Sequence[Climb], acks: Sequence[tuple[Connected, int]]) -> None:
    """One transaction: the cursors, the rungs that are new, and an announcement of each to its sender."""
    with transaction.atomic():
        told = [*climbs, *_on_device(acks)]
        # The same rung can be named twice, by two sockets of one person; the first is the one that counts.
        named = {(climb.step.subject.id, climb.step.person_id, climb.step.name): climb for climb in reversed(told)}
        rungs = ladder.reach_all([climb.step for climb in named.values()], behind=[bounding()])
        announce(
            *(
                ladder.announcement(rung, sender=named[rung.subject_id, rung.person_id, rung.name].sender_id)
                for rung in rungs
            )
        )


def _on_device(acks: Sequence[tuple[Connected, int]]) -> list[Climb]:
    if not acks:
        return []
    by_session = {connected.session_id: connected for connected, _ in acks}
    said = [
        [connected.session_id for connected, _ in acks],
        [connected.person_id for connected, _ in acks],
        [number for _, number in acks],
        limits.REPLAY_PAGE,
    ]
    rows = run_together([bounding(), Call(_ACKNOWLEDGE, said)])
    return [
        Climb(
            Step(
                Rung.Name.ON_DEVICE.value,
                Subject(kind, subject_id),
                by_session[session_id].person_id,
                session_id,
                by_session[session_id].device,
            ),
            sender_id,
        )
        for session_id, kind, subject_id, sender_id in rows
    ]
