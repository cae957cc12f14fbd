"""What people do in a run: they write, page, answer, read, come and go; each act until it is acknowledged."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

from bench.faults.history import History, Owned, PageSend, Seen, Send
from bench.faults.phones import Device, post
from bench.faults.proxy import Line
from bench.faults.world import World
from bench.hospital import Member

AT_ONCE = 0.1
# Of those who are paged so many own it, so many pass it on; the rest are silent, and it climbs.
OWN, PASS = 0.7, 0.15
AGAIN_SECONDS = (0.2, 1.5)
BROKEN = (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError)


@dataclass(frozen=True)
class Habits:
    """How people write: at most so many messages a second, and so many at once that wait for their answer.

    Of the sends `by_http` go by HTTP, and one in ten by several tabs at once under one key; of what arrives `looked_at`
    is opened. Forms and looks cost the product several times what a send by socket does.
    """

    per_second: float = 10.0
    writers: int = 60
    by_http: float = 0.3
    looked_at: float = 0.2


class Generator:
    """Everybody's acts. `stop()` begins nothing more; what was begun is brought to its end."""

    def __init__(
        self, world: World, lines: list[Line], history: History, chance: random.Random, habits: Habits
    ) -> None:
        self.world, self.lines, self.history, self.chance, self.habits = world, lines, history, chance, habits
        self.devices = {
            str(member.id): Device(member, lines, history, random.Random(chance.random()), self._heard)  # noqa: S311
            for member in world.people
        }
        self.under_way: set[asyncio.Task[None]] = set()
        self.is_open = True
        self._doctors = {str(member.id) for member in world.people if member not in world.nurses}
        self._lead = str(world.people[-1].id)

    def stop(self) -> None:
        """Nothing new is begun."""
        self.is_open = False

    def begin(self, act: Awaitable[None]) -> None:
        """One act, beside the others."""
        task = asyncio.ensure_future(act)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def write(self) -> None:
        """Messages at the pace of the habits, whether the earlier ones were acknowledged or not, but for the limit."""
        free = asyncio.Semaphore(self.habits.writers)
        while self.is_open:
            await asyncio.sleep(self.chance.expovariate(self.habits.per_second))
            await free.acquire()
            talk, author = self.world.pick(self.chance)
            token = f"word {uuid4().hex[:16]}"
            send = Send(str(uuid4()), token, talk.id, str(author.id), time.time())
            self.history.sends.append(send)
            copies = 3 if self.chance.random() < AT_ONCE else 1
            self.begin(self._written(send, author, copies, free))

    async def page(self, every_seconds: float) -> None:
        """Pages to the roles on call, one in so many seconds."""
        while self.is_open:
            await asyncio.sleep(every_seconds)
            page = PageSend(str(uuid4()), self.chance.choice(self.world.patients), time.time())
            self.history.pages.append(page)
            self.begin(self._paged(page, self.chance.choice(self.world.nurses)))

    async def come_and_go(self, every_seconds: float) -> None:
        """The guest of each group is taken out and let in again."""
        groups = [talk for talk in self.world.talks if talk.guest is not None]
        while self.is_open:
            for talk in groups:
                for verb in ("remove", "add"):
                    await asyncio.sleep(every_seconds / len(groups))
                    form = urlencode({"person": str(talk.guest.id if talk.guest else ""), "key": str(uuid4())})
                    if talk.opener is not None:
                        await self._until_answered(talk.opener, f"/messages/{talk.id}/{verb}/", form)

    # -- one act each --

    async def _written(self, send: Send, author: Member, copies: int, free: asyncio.Semaphore) -> None:
        try:
            await asyncio.gather(*(self._sent(send, author) for _ in range(copies)))
        finally:
            free.release()

    async def _sent(self, send: Send, author: Member) -> None:
        while send.acked is None and not send.refused:
            send.tries += 1
            began = time.time()
            try:
                if self.chance.random() < self.habits.by_http:
                    await self._sent_by_form(send, author)
                else:
                    await self._sent_by_socket(send, author)
            except BROKEN as failure:
                self.history.errors[f"send: {type(failure).__name__}"] += 1
            if send.acked is None and not send.refused:
                await asyncio.sleep(self.chance.uniform(*AGAIN_SECONDS))
            else:
                self.history.acks.append((began, time.time()))

    async def _sent_by_form(self, send: Send, author: Member) -> None:
        form = urlencode({"text": send.token, "level": "fyi", "key": send.key})
        path = f"/messages/send/{send.thread}/"
        status, content = await post(self.chance.choice(self.lines), author, path, form)
        self._answered(send, status)
        if status == 200 and content.get("ok") and send.acked is None:
            send.acked = time.time()

    async def _sent_by_socket(self, send: Send, author: Member) -> None:
        device = self.devices[str(author.id)]
        answer = await device.act("message.sent", send.key, thread=send.thread, text=send.token, level="fyi")
        if answer["t"] == "refused":
            self._answered(send, int(answer["status"]))
        else:
            send.message, send.number = answer["message"], answer["number"]
            send.acked = send.acked or time.time()

    def _answered(self, send: Send, status: int) -> None:
        """A refusal that says "do it otherwise" ends it; whatever says "not now" is tried again."""
        if status in (400, 403, 404, 409, 422):
            send.refused = str(status)
        if status != 200:
            self.history.errors[f"send: {status}"] += 1

    async def _paged(self, page: PageSend, author: Member) -> None:
        words = {"situation": "Breathing fast", "recommendation": "Please come", "call_back": "5512"}
        role = self.chance.choice(self.world.roles)
        form = urlencode({**words, "level": "urgent", "to": f"role:{role}", "key": page.key})
        status, where = await self._until_answered(author, f"/patients/{page.patient}/page/", form)
        if status == 200:
            page.acked, page.page = time.time(), where.strip("/").rpartition("/")[2]
        else:
            page.refused = str(status)

    async def _owned(self, page: str, member: Member, said: str) -> None:
        form = urlencode({"said": said, "key": str(uuid4())})
        status, _ = await self._until_answered(member, f"/p/{page}/answer/", form)
        if status == 200 and said == "owns":
            self.history.owned.append(Owned(page, str(member.id), time.time()))

    async def _until_answered(self, member: Member, path: str, form: str) -> tuple[int, str]:
        """Status, and where the answer leads. Tried with the same key until the product has said yes or no."""
        while True:
            try:
                status, content = await post(self.chance.choice(self.lines), member, path, form)
                if status == 200 or status in (400, 403, 404, 409, 422):
                    if status != 200:
                        self.history.errors[f"{path.strip('/').rpartition('/')[2]}: {status}"] += 1
                    return status, str(content.get("location", ""))
                self.history.errors[f"form: {status}"] += 1
            except BROKEN as failure:
                self.history.errors[f"form: {type(failure).__name__}"] += 1
            await asyncio.sleep(self.chance.uniform(*AGAIN_SECONDS))

    # -- what people do with what comes --

    def _heard(self, device: Device, seen: Seen) -> None:
        if seen.event == "paging.sent" and seen.page and seen.person in self._doctors:
            self.begin(self._decide(device, seen.page))
        elif seen.event == "message.sent" and seen.message and self.chance.random() < self.habits.looked_at:
            self.begin(self._look(device, seen))

    async def _decide(self, device: Device, page: str) -> None:
        await asyncio.sleep(self.chance.uniform(1, 12))
        chance = self.chance.random()
        if device.person == self._lead or chance < OWN:
            await self._owned(page, device.member, "owns")
        elif chance < OWN + PASS:
            await self._owned(page, device.member, "passes")

    async def _look(self, device: Device, seen: Seen) -> None:
        await asyncio.sleep(self.chance.uniform(1, 2))
        try:
            await device.act("message.opened", str(uuid4()), thread=seen.thread, number=seen.number)
        except BROKEN as failure:
            self.history.errors[f"look: {type(failure).__name__}"] += 1


async def all_done(generator: Generator, seconds: float) -> bool:
    """Whether everything that was begun came to its end within so many seconds."""
    until: Callable[[], bool] = lambda: not generator.under_way  # noqa: E731 -- read twice below
    deadline = time.monotonic() + seconds
    while not until() and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    return until()
