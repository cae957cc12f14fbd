"""What reaches a socket, and what the database says, are the same."""

import asyncio
import random
from uuid import uuid4

import pytest

from live.door import Connected
from live.models import InboxItem
from live.pool import in_pool
from tests.live.people import tell
from tests.live.wire import run, wire

pytestmark = pytest.mark.django_db(transaction=True)


LAST = "act.last"


async def listen(person_id, got, chance):
    """Connects, takes a few events, hangs up, comes back from its last number, until the last act has arrived."""
    session = Connected(person_id, uuid4(), "phone")
    while not got or got[-1][1] != LAST:
        async with wire(session) as client:
            await client.hello(after=len(got))
            await take_a_few(client, got, chance.randint(1, 12))


async def take_a_few(client, got, count):
    for _ in range(count):
        frame = await client.next("event")
        got.append((frame["n"], frame["event"], frame["subject"]["id"]))
        client.say(t="ack", n=frame["n"])
        if frame["event"] == LAST:
            return


def test_the_frames_of_a_socket_are_the_rows_of_the_database_under_random_acts_and_reconnects(doorkeeper, drawers):
    chance = random.Random(20)
    crowd = [uuid4() for _ in range(4)]
    got = {person_id: [] for person_id in crowd}

    async def act(index):
        for turn in range(25):
            recipients = chance.sample(crowd, chance.randint(1, 4))
            await in_pool(tell, *recipients, event=f"act.{index}.{turn}")

    async def test():
        listening = [asyncio.ensure_future(listen(person_id, got[person_id], chance)) for person_id in crowd]
        await asyncio.gather(*(act(index) for index in range(6)))
        await in_pool(tell, *crowd, event=LAST)
        await asyncio.gather(*listening)

    run(test())
    for person_id in crowd:
        rows = InboxItem.objects.filter(person_id=person_id).order_by("number")
        assert got[person_id] == [(row.number, row.event, str(row.subject_id)) for row in rows]
