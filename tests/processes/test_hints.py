"""Hints between two real server processes over a real Redis: numbers only, quick, and never missed for long."""

import asyncio
import json
from contextlib import suppress
from uuid import uuid4

import pytest
import redis

from live.bus import CHANNEL
from live.door import Connected
from live.models import InboxItem
from tests.live.people import AMARA, LEE, NOOR
from tests.live.serving import phone, serving

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
# Longer than any test here: what arrives before has come by a hint.
NO_POLL = {"READBACK_POLL_SECONDS": "600"}


def on_phone(person_id):
    return Connected(person_id, uuid4(), "phone")


async def receive(client):
    got = []
    while len(got) < 60:
        frame = await client.next("event")
        got.append((frame["n"], frame["subject"]["id"]))
        await client.say(t="ack", n=frame["n"])
    return got


def monitored(private_redis):
    """Everything that is published while the test runs."""
    client = redis.Redis.from_url(private_redis.url, socket_timeout=30)
    subscription = client.pubsub()
    subscription.psubscribe("*")
    assert next(subscription.listen())["type"] == "psubscribe"
    return subscription


def test_an_act_at_one_process_reaches_the_socket_at_the_other_by_a_hint(private_redis):
    with serving("daphne", count=2, REDIS_URL=private_redis.url, **NO_POLL) as (one, two):

        async def test():
            async with phone(one, on_phone(AMARA)) as amara, phone(two, on_phone(LEE)) as lee:
                for number in range(1, 21):
                    assert (await amara.act("note.left", to=[str(LEE)]))["ok"]
                    assert (await lee.next("event"))["n"] == number
                    await lee.say(t="ack", n=number)

        asyncio.run(test())


def test_a_hint_holds_numbers_and_ids_and_nothing_else(private_redis):
    subscription = monitored(private_redis)
    with serving("daphne", count=1, REDIS_URL=private_redis.url, **NO_POLL) as (one,):

        async def test():
            async with phone(one, on_phone(AMARA)) as amara:
                # A hint may be lost, so one is waited for within bounds, and another act is done when none comes.
                for number in range(1, 11):
                    await amara.act("note.left", to=[str(LEE), str(NOOR)])
                    message = await asyncio.to_thread(subscription.get_message, timeout=5)
                    if message is not None and message["type"] == "pmessage":
                        return number, message
            raise AssertionError("no hint of ten acts was published")

        number, message = asyncio.run(test())
    said = json.loads(message["data"])
    assert said.pop("from")
    # The hint may be an earlier act's than the last one's; it names who, and up to which number, and nothing else.
    heads = said.pop("heads")
    assert said == {"ended": []}
    assert set(heads) == {str(LEE), str(NOOR)}
    assert all(1 <= head <= number for head in heads.values())
    subscription.close()


def test_forged_hints_show_nobody_anything_and_break_nothing(private_redis):
    forger = redis.Redis.from_url(private_redis.url)
    with serving("daphne", count=2, REDIS_URL=private_redis.url, **NO_POLL) as (one, two):

        async def test():
            async with phone(one, on_phone(AMARA)) as amara, phone(two, on_phone(LEE)) as lee:
                await amara.act("note.left", to=[str(NOOR)])
                people = [str(uuid4()) for _ in range(200)] + [str(LEE), str(NOOR)]
                forged = {"from": "x", "heads": dict.fromkeys(people, 10**15), "ended": [str(uuid4())]}
                for strange in (json.dumps(forged), "", "{}", "[]", "\x00", "x" * 100_000, "[" * 50_000, '{"heads":7}'):
                    forger.publish(CHANNEL, strange)
                await amara.act("note.left", to=[str(LEE)])
                frame = await lee.next("event")
                assert (frame["n"], frame["event"]) == (1, "note.left.10")

        asyncio.run(test())
    forger.close()


def test_a_redis_that_stops_in_the_middle_of_a_run_loses_nothing(private_redis):
    """Killed, away for a while, and back empty: each act is answered, and each row arrives once and in order."""
    with serving("daphne", count=2, REDIS_URL=private_redis.url, READBACK_POLL_SECONDS="0.5") as (one, two):

        async def send(amara):
            nemesis = {15: private_redis.kill, 40: private_redis.restart}
            for turn in range(60):
                nemesis.get(turn, lambda: None)()
                assert (await amara.act("note.left", to=[str(LEE), str(NOOR)]))["ok"]
                # Within the rate: twenty frames a second.
                await asyncio.sleep(0.05)

        async def test():
            async with (
                phone(one, on_phone(AMARA)) as amara,
                phone(two, on_phone(LEE)) as lee,
                phone(one, on_phone(NOOR)) as noor,
            ):
                _, at_other, at_same = await asyncio.gather(send(amara), receive(lee), receive(noor))
                # And hints are back: what comes now comes through the new Redis or the next poll.
                await amara.act("note.left", to=[str(LEE)])
                assert (await lee.next("event"))["n"] == 61
                return at_other, at_same

        at_other, at_same = asyncio.run(test())
    for person_id, got in ((LEE, at_other), (NOOR, at_same)):
        rows = InboxItem.objects.filter(person_id=person_id, number__lte=60).order_by("number")
        assert got == [(row.number, str(row.subject_id)) for row in rows]


def test_without_a_redis_at_its_address_everything_works_at_the_poll(private_redis):
    private_redis.kill()
    with serving("uvicorn", count=2, REDIS_URL=private_redis.url, READBACK_POLL_SECONDS="0.5") as (one, two):

        async def test():
            async with phone(one, on_phone(AMARA)) as amara, phone(two, on_phone(LEE)) as lee:
                for number in range(1, 4):
                    assert (await amara.act("note.left", to=[str(LEE)]))["ok"]
                    assert (await lee.next("event"))["n"] == number

        asyncio.run(test())


def test_who_types_at_one_process_is_seen_at_the_other_and_a_forger_is_not(private_redis):
    forger = redis.Redis.from_url(private_redis.url)
    room = str(uuid4())
    with serving("daphne", count=2, REDIS_URL=private_redis.url, **NO_POLL) as (one, two):

        async def test():
            async with phone(one, on_phone(AMARA)) as amara, phone(two, on_phone(LEE)) as lee:
                await lee.act("room.whispered", room=room, what="here")
                # Uuid4s are in no circle (served.py); a word that is none, and what is no whisper, are dropped whole.
                stranger, known = str(uuid4()), str(AMARA)
                for strange in (
                    [["room", room, stranger, "typing"]],
                    [["room", room, known, "<b>"]],
                    [[]],
                    7,
                    [[1, 2]],
                ):
                    forged = {"from": "x", "heads": {}, "ended": [], "whispers": strange}
                    forger.publish(CHANNEL, json.dumps(forged))
                # Hints may be lost: it is said again, as a script does.
                for _ in range(20):
                    await amara.act("room.whispered", room=room, what="typing")
                    with suppress(TimeoutError):
                        async with asyncio.timeout(1.1):
                            return await lee.next("whisper")
            raise AssertionError("no whisper of twenty was heard")

        heard = asyncio.run(test())
    assert heard == {
        **{"t": "whisper", "subject": {"kind": "room", "id": room}},
        **{"person": str(AMARA), "name": "Somebody", "what": "typing"},
    }
    forger.close()
