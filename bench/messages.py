"""From the send to the second client's screen, and messages a second: between two, and to fifty; one process and two.

    python bench/messages.py [--receivers 1,50] [--processes 1,2] [--pace 5] [--seconds 10] [--at-once 16]

The floor, in the same run and at the same pace: one frame through a bare ASGI room on the same server, plus one durable
single-row commit on the same database. All duties of the product are on. With two processes a real Redis is between
them, who writes is at one and who reads at the other. `answered` is what the sender waits for; messages a second are
what so many senders get shown who each wait until everybody has it before they write again.
"""

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import figures, hospital, rig
from bench.clients import Phone
from bench.hospital import Member
from bench.send_to_screen import floor_commit, floor_socket

FEWEST, WARM_UP = 20, 24
# A group has its own row, which its messages pass one after the other: some stand beside each other.
GROUPS = 4
HEAD = ("to", "processes", "ws", "commit", "sent", "p99", "x floor", "answered", "p99", "msg/s", "shown/s", "load")


@dataclass(frozen=True)
class Talk:
    """A thread, who writes in it, and who reads."""

    id: str
    author: Member
    readers: tuple[Member, ...]


def main() -> None:
    """Runs every combination, prints the table, writes var/bench/messages.json."""
    options = _options()
    rows = []
    with rig.hospital_environment() as environment:
        hospital.set_up()
        # The log is ordered and signed meanwhile, as always.
        subprocess.run([sys.executable, "manage.py", "ledger", "init"], cwd=rig.ROOT, check=True, capture_output=True)
        for processes, receivers in itertools.product(options.processes, options.receivers):
            rows.append(measure(processes, receivers, options, environment))
            figures.table(HEAD, [cells(rows[-1])])
    print("\nmilliseconds; ws = bare room on the same server, commit = one durable row, both paced alike")
    figures.table(HEAD, [cells(row) for row in rows])
    figures.write("messages", {"rows": rows})


def measure(
    processes: int, receivers: int, options: argparse.Namespace, environment: Mapping[str, str]
) -> dict[str, Any]:
    """One combination: the floor, then the product at the same pace, then the product as fast as it goes."""
    count = max(FEWEST, int(options.pace * options.seconds))
    with rig.server("daphne", "floor", environment) as floor:
        socket = figures.spread(asyncio.run(floor_socket(floor.url("/room"), receivers, options.pace, count)))
    commit = figures.spread(floor_commit(options.pace, count))
    talks = prepare(receivers, options.at_once)
    with ExitStack() as stack:
        several = {**environment, "REDIS_URL": _redis(stack) if processes > 1 else ""}
        servers = [stack.enter_context(rig.server("daphne", "product", several)) for _ in range(processes)]
        told = asyncio.run(Run(servers, talks, options).whole(count))
    limit = socket["p50"] + commit["p50"]
    first = {"receivers": receivers, "processes": processes, "ws": socket, "commit": commit}
    return {**first, **told, "ratio": told["sent"]["p50"] / limit, "load": os.getloadavg()[0]}


def _redis(stack: ExitStack) -> str:
    from config.embedded.redis import PrivateRedis

    server = PrivateRedis()
    server.start()
    stack.callback(server.stop)
    return server.url


def prepare(receivers: int, at_once: int) -> list[Talk]:
    """Threads between two, one for each writer; or groups of so many readers, which several write in."""
    from handover.messaging import services

    house = hospital.Hospital()
    talks = []
    with house.as_the_system():
        for number in range(at_once if receivers == 1 else GROUPS):
            author, *readers = (house.nurse(house.emergency) for _ in range(receivers + 1))
            if receivers == 1:
                between = services.Between(person_id=readers[0].id)
            else:
                between = services.Between(people=[each.id for each in readers], title=f"Team {number}")
            row = services.open_thread(author.actor, key=uuid4(), between=between)
            talks.append(Talk(str(row.pk), author, tuple(readers)))
    return talks


class Run:
    """The product: who writes is at the first process, who reads at the last."""

    def __init__(self, servers: list[rig.Server], talks: list[Talk], options: argparse.Namespace) -> None:
        self.servers, self.talks, self.options = servers, talks, options
        self.sent: list[float] = []
        self.answered: list[float] = []
        self.phones: dict[Any, Phone] = {}

    async def whole(self, count: int) -> dict[str, Any]:
        """Paced, then as fast as it goes."""
        for talk in self.talks:
            self.phones[talk.author.id] = await Phone.open(self.servers[0].url(), talk.author.cookie)
            for reader in talk.readers:
                self.phones[reader.id] = await Phone.open(self.servers[-1].url(), reader.cookie)
        await asyncio.gather(*(self.send(index) for index in range(WARM_UP)))
        self.sent, self.answered = [], []
        await rig.paced(count, self.options.pace, self.send)
        paced = {"sent": figures.spread(self.sent), "answered": figures.spread(self.answered)}
        per_second = await self.as_fast_as_it_goes()
        for phone in self.phones.values():
            await phone.close()
        shown = per_second * len(self.talks[0].readers)
        return {**paced, "messages_per_second": per_second, "shown_per_second": shown}

    async def send(self, index: int) -> None:
        """One message: the time until each reader has it, and until the writer is answered."""
        talk, text = self.talks[index % len(self.talks)], f"The bed is free {uuid4().hex}"
        arriving = asyncio.gather(*(self.phones[each.id].when(("message.sent", "", text)) for each in talk.readers))
        began = time.perf_counter()
        author = self.phones[talk.author.id]
        answer = await author.act("message.sent", thread=talk.id, text=text, level="fyi")
        self.answered.append(time.perf_counter() - began)
        if answer["t"] != "result":
            arriving.cancel()
            raise SystemExit(f"the act was answered {answer}")
        self.sent.extend(moment - began for moment in await arriving)

    async def as_fast_as_it_goes(self) -> float:
        """Messages a second that were acknowledged and shown to everybody."""
        began = time.perf_counter()
        until, several = began + self.options.seconds, itertools.count()

        async def write(index: int) -> None:
            while time.perf_counter() < until:
                next(several)
                await self.send(index)

        await asyncio.gather(*(write(index) for index in range(len(self.talks))))
        return next(several) / (time.perf_counter() - began)


def cells(row: dict[str, Any]) -> list[object]:
    """One line of the table."""
    floor = [row["ws"]["p50"], row["commit"]["p50"]]
    sent = [row["sent"]["p50"], row["sent"]["p99"], row["ratio"], row["answered"]["p50"], row["answered"]["p99"]]
    fast = [row["messages_per_second"], row["shown_per_second"], row["load"]]
    return [row["receivers"], row["processes"], *floor, *sent, *fast]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--receivers", type=_numbers, default=[1, 50])
    parser.add_argument("--processes", type=_numbers, default=[1, 2])
    parser.add_argument("--pace", type=float, default=5, help="messages a second while latency is measured")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=16, help="threads between two that are written in at once")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
