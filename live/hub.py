"""The hub: knows this process's sockets by person, and brings each of them what its inbox holds.

A hint (a number, from this process or another) marks a person as due. Workers take all who are due at once: one query
fetches their new rows, each distinct view is drawn and encoded once, in a thread of the pool; here on the event loop it
is only written. A sweep every 10 s finds lost hints and ended sessions. Everything here but hint() and session_ended()
is called on the event loop. docs/decisions/0041 says why no channel layer stands here.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar
from uuid import UUID

from live import limits, rounds
from live.bus import BUS
from live.clerk import Clerk
from live.pool import in_pool
from live.sockets import Socket
from live.whispers import Presence, Whisper, circle_of

logger = logging.getLogger("readback.live")
T = TypeVar("T")
# Two, so that one slow drawing does not hold up everybody else's news.
ROUNDS_AT_ONCE = 2
REPLAYS_AT_ONCE = 2
BURST_BYTES = limits.UNSENT_BYTES // 4
RETRY_SECONDS = 0.5


class Hub:
    """Its tasks live while there is at least one socket."""

    def __init__(self) -> None:
        self._people: dict[UUID, list[Socket]] = {}
        self._due: dict[UUID, None] = {}
        self._busy: set[UUID] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._checks: set[asyncio.Task[None]] = set()
        self.clerk = Clerk()
        self._presence = Presence()

    # From any thread

    def hint(self, heads: Mapping[UUID, int]) -> None:
        """Says that these people's inboxes have grown. May be wrong, late or forged: the database is read anew."""
        self._call(self._hinted, heads)

    def session_ended(self, session_id: UUID) -> None:
        """Closes the session's sockets here, at once."""
        self._call(self._close_session, session_id)

    def whisper(self, whisper: Whisper) -> None:
        """Tells whoever is at the subject, here and in the other processes. Whoever says it was let in there."""
        BUS.publish_whisper(whisper)
        self._call(self._whispered, whisper)

    def present(self, kind: str, subject_id: UUID) -> list[UUID]:
        """Who said lately, to this process, that they are at the subject. Whether the asker may know is not asked."""
        return self._presence.at(kind, subject_id, now=time.monotonic())

    def _call(self, fn: Callable[[T], None], news: T) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(fn, news)

    # On the loop: sockets come and go

    def join(self, socket: Socket) -> None:
        """Takes a socket in; the oldest of a person with too many has to go."""
        if self._loop is None:
            self._begin()
        own = self._people.setdefault(socket.connected.person_id, [])
        own.append(socket)
        while len(own) > limits.SOCKETS_PER_PERSON:
            own.pop(0).outlet.close(limits.CLOSE_TOO_MANY_SOCKETS)

    def leave(self, socket: Socket) -> None:
        """Forgets a socket. The last one ends the hub's tasks."""
        socket.stop()
        person_id = socket.connected.person_id
        own = self._people.get(person_id, [])
        if socket in own:
            own.remove(socket)
        if not own:
            self._people.pop(person_id, None)
            self._presence.leave(person_id)
        self.clerk.nudge()
        if not self._people:
            self._finish()

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._bell = asyncio.Event()
        self._replays = asyncio.Semaphore(REPLAYS_AT_ONCE)
        self.clerk = Clerk()
        work = [self._rounds() for _ in range(ROUNDS_AT_ONCE)]
        work += [
            self.clerk.run(),
            self._sweeps(),
            BUS.follow(self._hinted, self._check_session, self._wake_all, self._heard),
        ]
        self._tasks = [self._loop.create_task(task) for task in work]

    def _finish(self) -> None:
        for task in self._tasks:
            task.cancel()
        # What devices have said in the last moment is still written.
        self._last_words = asyncio.get_running_loop().create_task(self.clerk.flush())
        self._tasks, self._loop = [], None
        self._due.clear()
        self._busy.clear()

    # On the loop: news

    def _hinted(self, heads: Mapping[UUID, int]) -> None:
        for person_id, head in heads.items():
            for socket in self._people.get(person_id, ()):
                socket.hinted = max(socket.hinted, head)
                if socket.is_following and socket.position < head:
                    self._due[person_id] = None
                    self._bell.set()

    def _wake_all(self) -> None:
        self._due.update(dict.fromkeys(self._people))
        self._bell.set()

    async def _rounds(self) -> None:
        while True:
            await self._bell.wait()
            asks = self._take_due()
            if not asks:
                self._bell.clear()
                continue
            try:
                self._deliver(asks, await in_pool(rounds.fetch, asks, limit=limits.ROUND_ROWS))
            except Exception:
                logger.exception("live.round_failed")
                self._due.update(dict.fromkeys(asks))
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                self._busy.difference_update(asks)
            if self._due:
                self._bell.set()

    def _take_due(self) -> dict[UUID, int]:
        """The people of one round, each with the lowest number that one of their following sockets has."""
        asks: dict[UUID, int] = {}
        for person_id in list(self._due):
            if person_id in self._busy or len(asks) >= limits.ROUND_PEOPLE:
                continue
            del self._due[person_id]
            places = [socket.position for socket in self._people.get(person_id, ()) if socket.is_following]
            if places:
                asks[person_id] = min(places)
        self._busy.update(asks)
        return asks

    def _deliver(self, asks: Mapping[UUID, int], drawn: list[rounds.Drawn]) -> None:
        counts = dict.fromkeys(asks, 0)
        unread: Counter[Socket] = Counter()
        for event in drawn:
            counts[event.person_id] += 1
            for socket in tuple(self._people.get(event.person_id, ())):
                if not socket.is_following:
                    continue
                # A burst must not make a willing reader look like one that does not read: the rest comes next round.
                if unread[socket] < BURST_BYTES:
                    self._push(socket, event)
                unread[socket] += len(event.text)
        self._due.update((person_id, None) for person_id, count in counts.items() if count == limits.ROUND_ROWS)
        self._due.update((socket.connected.person_id, None) for socket, n in unread.items() if n >= BURST_BYTES)

    def _push(self, socket: Socket, event: rounds.Drawn) -> None:
        if event.number != socket.position + 1:
            return
        socket.push(event.number, event.text, climbs=event.sender_id is not None)
        if event.sender_id is not None:
            self.clerk.pushed(socket.connected, subject=event.subject, sender_id=event.sender_id)

    # On the loop: one device catches up

    def start(self, socket: Socket, after: int | None) -> None:
        """Answers a hello: welcomes, replays what is missing, then follows. A second hello begins again."""
        socket.stop()
        socket.replay = asyncio.get_running_loop().create_task(self._replay(socket, after))

    async def _replay(self, socket: Socket, after: int | None) -> None:
        connected = socket.connected
        try:
            async with self._replays:
                start = await in_pool(
                    rounds.start_of, person_id=connected.person_id, session_id=connected.session_id, after=after
                )
                if start.after > start.head:
                    self._say_ahead(socket, start.head)
                    return
                socket.welcome(start.head, start.after)
                if after is not None:
                    self.clerk.acknowledged(connected, after, is_urgent=False)
            await self._catch_up(socket)
        except TimeoutError:
            socket.outlet.close(limits.CLOSE_POLICY)
        except Exception:
            logger.exception("live.replay_failed")
            socket.outlet.close(limits.CLOSE_FAILED)

    async def _catch_up(self, socket: Socket) -> None:
        """Page by page; the next one when the device has said that it stores the last."""
        person_id = socket.connected.person_id
        while True:
            async with self._replays:
                page = await in_pool(rounds.fetch, {person_id: socket.position}, limit=limits.REPLAY_PAGE)
            unread = 0
            for event in page:
                self._push(socket, event)
                unread += len(event.text)
                if unread > BURST_BYTES:
                    await socket.until_acknowledged(event.number)
                    unread = 0
            if len(page) < limits.REPLAY_PAGE:
                break
            await socket.until_acknowledged(socket.position)
        socket.is_following = True
        # A hint that came during the last page was for a socket that did not follow yet.
        self._hinted({person_id: socket.hinted})

    def _say_ahead(self, socket: Socket, head: int) -> None:
        logger.error("live.client_ahead", extra={"head": head})
        socket.is_following = False
        socket.outlet.write(rounds.encode({"t": "ahead", "head": head}))

    # On the loop: what is true for some seconds

    def _whispered(self, whisper: Whisper) -> None:
        """Said to this process, by somebody who has a socket here."""
        if whisper.person_id in self._people and self._presence.take(whisper, now=time.monotonic()):
            self._heard(whisper)

    def _heard(self, whisper: Whisper) -> None:
        """Said here, or in another process: told to those who are at the subject here and may know of it."""
        around = self._presence.at(whisper.kind, whisper.subject_id, now=time.monotonic())
        is_heard = any(person_id != whisper.person_id for person_id in around)
        if is_heard and len(self._checks) < limits.WHISPERS_AT_ONCE:
            self._begin_check(self._pass_on(whisper, around))

    async def _pass_on(self, whisper: Whisper, around: list[UUID]) -> None:
        allowed = await in_pool(circle_of, whisper.kind, whisper.subject_id, {*around, whisper.person_id})
        name = allowed.get(whisper.person_id)
        if name is None:
            return
        about = {"kind": whisper.kind, "id": str(whisper.subject_id)}
        told = {"t": "whisper", "subject": about, "person": str(whisper.person_id), "name": name, "what": whisper.what}
        text = rounds.encode(told)
        for person_id in allowed.keys() - {whisper.person_id}:
            for socket in tuple(self._people.get(person_id, ())):
                socket.outlet.write(text)

    # On the loop: the sweep

    async def _sweeps(self) -> None:
        while True:
            await asyncio.sleep(limits.sweep_seconds())
            try:
                await self._sweep()
            except Exception:
                logger.exception("live.sweep_failed")

    async def _sweep(self) -> None:
        sockets = [socket for own in self._people.values() for socket in own]
        sessions = list({socket.connected.session_id for socket in sockets})
        asked = asyncio.get_running_loop().time()
        found = await in_pool(rounds.survey, list(self._people), sessions)
        for socket in sockets:
            if socket.connected.session_id not in found.live:
                socket.outlet.close(limits.CLOSE_SESSION_ENDED)
                continue
            socket.checked = asked
            self._beat(socket, found.heads.get(socket.connected.person_id, 0))
        self._hinted(found.heads)
        self._presence.forget(now=time.monotonic())
        self.clerk.nudge()

    def _beat(self, socket: Socket, head: int) -> None:
        # A head is read after the sockets were listed, so it can only be higher than what was sent: lower is a backup.
        if socket.is_following and head < socket.position and socket.position <= socket.swept:
            self._say_ahead(socket, head)
        else:
            socket.outlet.write(f'{{"t":"pong","head":{max(head, socket.position)}}}')
        socket.swept = socket.position

    async def _check(self, session_id: UUID) -> None:
        if session_id not in (await in_pool(rounds.survey, [], [session_id])).live:
            self._close_session(session_id)

    def _check_session(self, session_id: UUID) -> None:
        """A hint from another process that a session has ended: believed only after a look."""
        if any(socket.connected.session_id == session_id for own in self._people.values() for socket in own):
            self._begin_check(self._check(session_id))

    def _begin_check(self, work: Coroutine[Any, Any, None]) -> None:
        check = asyncio.get_running_loop().create_task(work)
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)

    def _close_session(self, session_id: UUID) -> None:
        for own in list(self._people.values()):
            for socket in list(own):
                if socket.connected.session_id == session_id:
                    socket.outlet.close(limits.CLOSE_SESSION_ENDED)


HUB = Hub()
