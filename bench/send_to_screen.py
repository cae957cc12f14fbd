"""From the act to the receiver's screen, beside the floor: a real handover sent by HTTP, a rung climbed by socket.

    python bench/send_to_screen.py [--rates 1,10,50] [--receivers 1,50] [--servers daphne,uvicorn] [--seconds 10]

The floor, in the same run and paced alike: one frame through a bare ASGI room on the same server, plus one durable
single-row commit on the same database. All duties of the product are on: session and access checks, sealing, the audit
event, numbered inbox rows, drawing for each reader, rungs, acknowledgements. `note` is the least an act can be, sent
by socket to everybody on a ward: key, event on the record, announcement. `sent` is one handover to everybody on a
ward; `opened` is the receiver's act over the socket until the sender's ladder moves; `slow` is the same while four
queries of 50 ms run in the process without a pause.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import figures, hospital, rig
from bench.clients import Http, Phone
from bench.hospital import Draft, Member

# The frames of one socket are rationed, as a person's are: more than so many acts a second come from more people.
ACTS_PER_PAIR = 10
FEWEST = 20
# Before anything is timed: so many of each act, at once, so that every thread and its connection has done them before.
WARM_UP = 24
SLOW_QUERIES = 4


def main() -> None:
    """Runs every combination, prints the table, writes var/bench/send_to_screen.json."""
    options = _options()
    rows = []
    with rig.hospital_environment() as environment:
        hospital.set_up()
        if options.without_rows:
            rig.take_down_the_second_wall()
        for server in options.servers:
            for receivers in options.receivers:
                for rate in options.rates:
                    rows.append(measure(server, receivers, rate, options.seconds, environment))
                    figures.table(HEAD, [cells(rows[-1])])
    print("\nmilliseconds; ws = bare room on the same server, commit = one durable row, both paced alike")
    figures.table(HEAD, [cells(row) for row in rows])
    figures.write("send_to_screen", {"rows": rows})


def measure(server: str, receivers: int, rate: int, seconds: int, environment: Mapping[str, str]) -> dict[str, Any]:
    """One combination: floor and product, one after the other, with the same count at the same pace."""
    count = max(FEWEST, rate * seconds)
    with rig.server(server, "floor", environment) as floor:
        socket = figures.spread(asyncio.run(floor_socket(floor.url("/room"), receivers, rate, count)))
    commit = figures.spread(floor_commit(rate, count))
    limit = socket["p50"] + commit["p50"]
    drafts = prepare(receivers, rate, count)
    with rig.server(server, "product", environment) as product:
        result = asyncio.run(Run(product, drafts, rate).whole())
    ratios = {f"{name}_ratio": result[name]["p50"] / limit for name in ("note", "sent", "opened")}
    return {"server": server, "receivers": receivers, "rate": rate, "ws": socket, "commit": commit, **result, **ratios}


async def floor_socket(url: str, receivers: int, rate: int, count: int) -> list[float]:
    """Seconds of each frame of 128 bytes, from one socket of a room to each of the others."""
    from websockets.asyncio.client import ClientConnection, connect

    clients = [await connect(url, compression=None, ping_interval=None, max_queue=None) for _ in range(receivers + 1)]
    sent, took = [0.0] * count, []

    async def listen(client: ClientConnection) -> None:
        for _ in range(count):
            text = await client.recv()
            took.append(time.perf_counter() - sent[int(text[:8])])

    async def say(index: int) -> None:
        sent[index] = time.perf_counter()
        await clients[0].send(f"{index:08d}".ljust(128, "x"))

    listening = [asyncio.ensure_future(listen(client)) for client in clients[1:]]
    await rig.paced(count, rate, say)
    await asyncio.wait_for(asyncio.gather(*listening), 60)
    for client in clients:
        client.transport.abort()
    return took


def floor_commit(rate: int, count: int) -> list[float]:
    """Seconds of one durable single-row commit each, at the same pace."""
    connection, person = rig.commit_connection(), str(uuid4())
    took: list[float] = []
    next_at = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, next_at - time.perf_counter()))
        next_at += 1 / rate
        began = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_floor (person, number, body) VALUES (%s, %s, %s)", [person, number, "x" * 128]
            )
        took.append(time.perf_counter() - began)
    connection.close()
    return took


def prepare(receivers: int, rate: int, count: int) -> list[Draft]:
    """The drafts in the order in which they will be sent, by as many pairs of people as the rate needs."""
    house = hospital.Hospital()
    pairs = [(house.nurse(house.emergency), *house.ward(receivers)) for _ in range(-(-rate // ACTS_PER_PAIR))]
    with house.as_the_system():
        return [house.draft(*pairs[index % len(pairs)]) for index in range(WARM_UP + count)]


class Run:
    """The product under load: sends each draft by HTTP, then opens each by socket, half of them beside slow queries."""

    def __init__(self, product: rig.Server, drafts: list[Draft], rate: int) -> None:
        self.product, self.drafts, self.rate = product, drafts[:WARM_UP], rate
        self.measured = drafts[WARM_UP:]
        self.http = Http(product.port)
        self.noted: list[float] = []
        self.sent: list[float] = []
        self.answered: list[float] = []

    async def whole(self) -> dict[str, Any]:
        """All phases, one after the other."""
        drafts = [*self.drafts, *self.measured]
        members = {member.id: member for draft in drafts for member in (draft.author, *draft.receivers)}
        self.phones = {key: await Phone.open(self.product.url(), member.cookie) for key, member in members.items()}
        await self.warm_up()
        before = self.product.cpu_seconds()
        await rig.paced(len(self.drafts), self.rate, self.note)
        note_cpu = self.product.cpu_seconds() - before
        before = self.product.cpu_seconds()
        await rig.paced(len(self.drafts), self.rate, self.send)
        cpu = self.product.cpu_seconds() - before
        half = len(self.drafts) // 2
        quiet = await self.open_all(self.drafts[:half])
        slow = await self.beside_slow_queries(self.drafts[half:])
        for phone in self.phones.values():
            await phone.close()
        self.http.close()
        return {
            "note": figures.spread(self.noted),
            "sent": figures.spread(self.sent),
            "answered": figures.spread(self.answered),
            "opened": figures.spread(quiet),
            "slow": figures.spread(slow),
            "cpu_ms_per_note": 1000 * note_cpu / len(self.drafts),
            "cpu_ms_per_send": 1000 * cpu / len(self.drafts),
            "resident_mib": self.product.resident_bytes() / 2**20,
        }

    async def warm_up(self) -> None:
        """Each act so often that a server which has run for a minute is measured, and not one that has just started."""
        numbers = range(len(self.drafts))
        await asyncio.gather(*(self.note(index) for index in numbers))
        await asyncio.gather(*(self.send(index) for index in numbers))
        await self.open_all(self.drafts)
        self.drafts, self.noted, self.sent, self.answered = self.measured, [], [], []

    async def note(self, index: int) -> None:
        """The least of acts, by socket."""
        draft, key = self.drafts[index], str(uuid4())
        marks = [self.phones[receiver.id].when(("bench.note", "", key)) for receiver in draft.receivers]
        arriving = asyncio.gather(*marks)
        began = time.perf_counter()
        to = [str(receiver.id) for receiver in draft.receivers]
        await self.phones[draft.author.id].act("bench.note", key=key, to=to)
        self.noted.extend(moment - began for moment in await arriving)

    async def send(self, index: int) -> None:
        """One handover: the time until each receiver has it, and until the sender is answered."""
        draft = self.drafts[index]
        arriving = asyncio.gather(*(self.arrival(receiver, draft) for receiver in draft.receivers))
        began = time.perf_counter()
        status, content = await self.http.post(
            f"/handovers/{draft.id}/send/", draft.body(), cookie=draft.author.cookie, token=draft.author.token
        )
        self.answered.append(time.perf_counter() - began)
        if status not in (200, 201, 303):
            arriving.cancel()
            raise SystemExit(f"the send was answered {status}: {content[:300]!r}")
        self.sent.extend(moment - began for moment in await arriving)

    async def arrival(self, receiver: Member, draft: Draft) -> float:
        """When this receiver's socket had the handover."""
        return await self.phones[receiver.id].when(("handover.sent", "", draft.id))

    async def open_all(self, drafts: list[Draft]) -> list[float]:
        """Seconds from the act over the receiver's socket to the rung on the sender's."""
        versions = await asyncio.to_thread(versions_of, drafts)
        took: list[float] = []

        async def open_one(index: int) -> None:
            draft = drafts[index]
            mark = ("ladder.climbed", "opened", draft.id)
            climbed = asyncio.ensure_future(self.phones[draft.author.id].when(mark))
            began = time.perf_counter()
            receiver = self.phones[draft.receivers[0].id]
            answer = await receiver.act("handover.opened", handover=draft.id, version=versions[draft.id])
            if answer["t"] != "result":
                climbed.cancel()
                raise SystemExit(f"the act was answered {answer}")
            took.append(await climbed - began)

        await rig.paced(len(drafts), self.rate, open_one)
        return took

    async def beside_slow_queries(self, drafts: list[Draft]) -> list[float]:
        """The same while four sockets each keep a query of 50 ms running."""
        cookie = self.drafts[0].author.cookie
        busy = [await Phone.open(self.product.url(), cookie) for _ in range(SLOW_QUERIES)]

        async def keep_busy(phone: Phone) -> None:
            while True:
                await phone.act("bench.slow")

        tasks = [asyncio.ensure_future(keep_busy(phone)) for phone in busy]
        took = await self.open_all(drafts)
        for task in tasks:
            task.cancel()
        for phone in busy:
            await phone.close()
        return took


def versions_of(drafts: list[Draft]) -> dict[str, str]:
    """The version that each handover was sent with. In a thread: it asks the database."""
    from django.db import connection

    from handover.transfers.models import Handover
    from live.acting import acting_as_system

    with acting_as_system("bench"):
        found = Handover.objects.filter(pk__in=[draft.id for draft in drafts]).values_list("pk", "current_id")
        versions = {str(handover): str(version) for handover, version in found}
    connection.close()
    return versions


HEAD = (
    *("server", "to", "per s", "ws", "commit"),
    *("note", "p99", "x floor", "CPU"),
    *("sent", "p99", "x floor", "CPU", "answer"),
    *("opened", "p99", "x floor", "slow"),
)


def cells(row: dict[str, Any]) -> list[object]:
    """One line of the table."""
    floor = [row["ws"]["p50"], row["commit"]["p50"]]
    note = [row["note"]["p50"], row["note"]["p99"], row["note_ratio"], row["cpu_ms_per_note"]]
    sent = [row["sent"]["p50"], row["sent"]["p99"], row["sent_ratio"], row["cpu_ms_per_send"], row["answered"]["p50"]]
    opened = [row["opened"]["p50"], row["opened"]["p99"], row["opened_ratio"], row["slow"]["p50"]]
    return [row["server"], row["receivers"], row["rate"], *floor, *note, *sent, *opened]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=_numbers, default=[1, 10, 50])
    parser.add_argument("--receivers", type=_numbers, default=[1, 50])
    parser.add_argument("--servers", type=lambda text: text.split(","), default=["daphne", "uvicorn"])
    parser.add_argument("--without-rows", action="store_true", help="row-level security off, to see what it costs")
    parser.add_argument("--seconds", type=int, default=10)
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
