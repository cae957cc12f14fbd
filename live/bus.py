"""Hints between server processes: who, and up to which number. Lossy, and nothing is lost by that.

One process needs no bus and has none (no REDIS_URL). Otherwise there is one subscription per process, and one thread
that publishes, so that neither an act nor a socket ever waits for Redis. What comes in is believed only so far as to
look at the database: a forged hint costs a query and shows nobody anything.
"""

import asyncio
import json
import logging
import queue
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import redis
import redis.asyncio
from django.conf import settings

from live import limits
from live.whispers import WORDS, Whisper

logger = logging.getLogger("readback.live")
CHANNEL = "readback:hints"
# Hints that wait to be published; what comes on top is dropped, and found by the other process's sweep.
QUEUED = 1_000
PEOPLE_PER_MESSAGE = 500
WHISPERS_PER_MESSAGE = 200
MESSAGE_BYTES = 64 * 1024
TIMEOUT_SECONDS = 2.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.25, 10.0

Heads = Mapping[UUID, int]


@dataclass(frozen=True)
class Hint:
    """What one message says."""

    sender: str
    heads: dict[UUID, int]
    ended: list[UUID]
    whispers: list[Whisper] = field(default_factory=list)


def _messages(sender: str, heads: Heads, ended: list[UUID], whispers: list[Whisper]) -> Iterator[str]:
    people = list(heads.items())
    for first in range(0, max(len(people), 1), PEOPLE_PER_MESSAGE):
        part = people[first : first + PEOPLE_PER_MESSAGE]
        said: dict[str, Any] = {
            "from": sender,
            "heads": {str(person_id): head for person_id, head in part},
            "ended": [str(session_id) for session_id in ended] if first == 0 else [],
        }
        if whispers and first == 0:
            said["whispers"] = [[each.kind, str(each.subject_id), str(each.person_id), each.what] for each in whispers]
        yield json.dumps(said)


def _parse(data: bytes) -> Hint:
    if len(data) > MESSAGE_BYTES:
        raise ValueError("too long for a hint")
    said = json.loads(data)
    return Hint(
        sender=str(said["from"]),
        heads={UUID(person): int(head) for person, head in said["heads"].items()},
        ended=[UUID(session) for session in said["ended"]],
        whispers=[_whisper(*each) for each in said.get("whispers", [])],
    )


def _whisper(kind: object, subject_id: str, person_id: str, what: object) -> Whisper:
    if what not in WORDS:
        raise ValueError("no whisper")
    return Whisper(str(kind), UUID(subject_id), UUID(person_id), str(what))


class Bus:
    """Publishes from any thread; follows on the event loop of the hub."""

    def __init__(self) -> None:
        self._own = uuid4().hex
        self._queue: queue.Queue[tuple[dict[UUID, int], list[UUID], list[Whisper]]] = queue.Queue(QUEUED)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    # Publishing

    def publish(self, heads: Heads) -> None:
        """Tells the other processes, soon or not at all. Never waits."""
        self._offer(dict(heads), [])

    def publish_end(self, session_id: UUID) -> None:
        """Tells the other processes to look at this session."""
        self._offer({}, [session_id])

    def publish_whisper(self, whisper: Whisper) -> None:
        """Tells the other processes what is true for some seconds. Ids and one word, and nothing is kept of it."""
        self._offer({}, [], [whisper])

    def _offer(self, heads: dict[UUID, int], ended: list[UUID], whispers: list[Whisper] | None = None) -> None:
        if not settings.REDIS_URL:
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._publish_all, name="bus", daemon=True)
                self._thread.start()
        with suppress(queue.Full):
            self._queue.put_nowait((heads, ended, whispers or []))

    def _publish_all(self) -> None:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
        while True:
            heads, ended, whispers = self._gather()
            try:
                for message in _messages(self._own, heads, ended, whispers):
                    client.publish(CHANNEL, message)
            except (redis.RedisError, OSError) as exc:
                logger.warning("live.bus_down", extra={"cause": type(exc).__name__})

    def _gather(self) -> tuple[dict[UUID, int], list[UUID], list[Whisper]]:
        """Everything that waits, as one: the highest number of each person."""
        heads, ended, whispers = self._queue.get()
        with suppress(queue.Empty):
            while len(heads) < PEOPLE_PER_MESSAGE and len(whispers) < WHISPERS_PER_MESSAGE:
                more, also_ended, also_whispered = self._queue.get_nowait()
                for person_id, head in more.items():
                    heads[person_id] = max(head, heads.get(person_id, 0))
                ended = ended + also_ended
                whispers = whispers + also_whispered
        return heads, ended, whispers

    # Following

    async def follow(
        self,
        hinted: Callable[[Heads], None],
        ended: Callable[[UUID], None],
        connected: Callable[[], None],
        whispered: Callable[[Whisper], None],
    ) -> None:
        """Passes on what other processes say, for as long as the task lives; `connected` after each subscription."""
        wait = FIRST_WAIT_SECONDS
        while settings.REDIS_URL:
            try:
                async with (
                    redis.asyncio.Redis.from_url(
                        settings.REDIS_URL, socket_connect_timeout=TIMEOUT_SECONDS, health_check_interval=10
                    ) as client,
                    client.pubsub(ignore_subscribe_messages=True) as subscription,
                ):
                    await subscription.subscribe(CHANNEL)
                    wait = FIRST_WAIT_SECONDS
                    connected()
                    while True:
                        message = await subscription.get_message(timeout=limits.poll_seconds())
                        if message is not None:
                            self._take(message, hinted, ended, whispered)
            except (redis.RedisError, OSError) as exc:
                logger.warning("live.bus_down", extra={"cause": type(exc).__name__})
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _take(
        self,
        message: Mapping[str, Any],
        hinted: Callable[[Heads], None],
        ended: Callable[[UUID], None],
        whispered: Callable[[Whisper], None],
    ) -> None:
        try:
            said = _parse(message["data"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            logger.warning("live.strange_hint")
            return
        if said.sender == self._own:
            return
        hinted(said.heads)
        for session_id in said.ended:
            ended(session_id)
        for whisper in said.whispers[:WHISPERS_PER_MESSAGE]:
            whispered(whisper)


BUS = Bus()
