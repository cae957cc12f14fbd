"""What is true for some seconds: heard by those who are there and may know, bounded, and forgotten."""

from uuid import uuid4

import pytest

from live import limits, whispers
from live.door import Connected
from live.hub import HUB
from live.pool import in_pool
from live.whispers import Presence, Whisper
from tests.live.people import AMARA, LEE, NOOR
from tests.live.wire import run, wire

ROOM = uuid4()


def said(person_id, what="here", subject=ROOM):
    return Whisper("room", subject, person_id, what)


def test_who_was_there_is_there_for_some_seconds():
    present = Presence()
    assert present.take(said(AMARA), now=0)
    assert present.at("room", ROOM, now=1) == [AMARA]
    assert present.at("room", uuid4(), now=1) == []
    assert present.at("room", ROOM, now=whispers.PRESENT_SECONDS + 1) == []
    present.forget(now=whispers.PRESENT_SECONDS + 1)
    assert (present._subjects, present._heard) == ({}, {})


def test_what_is_said_too_often_is_dropped_and_something_else_is_not():
    present = Presence()
    assert [present.take(said(AMARA, what), now=0.5) for what in ("here", "here", "typing", "typing")] == [
        *(True, False, True, False)
    ]
    assert present.take(said(AMARA, "typing"), now=2)


def test_who_has_left_is_nowhere():
    present = Presence()
    present.take(said(AMARA), now=0)
    present.take(said(LEE), now=0)
    present.leave(AMARA)
    assert present.at("room", ROOM, now=1) == [LEE]
    present.leave(LEE)
    assert (present._subjects, present._heard) == ({}, {})


# The attack: somebody fills the memory with people, or with subjects.
def test_there_is_room_for_so_many_and_no_more(monkeypatch):
    monkeypatch.setattr(whispers, "MOST_PRESENT", 3)
    monkeypatch.setattr(whispers, "MOST_SUBJECTS", 2)
    present = Presence()
    assert [present.take(said(uuid4()), now=0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [present.take(said(AMARA, subject=uuid4()), now=1) for _ in range(3)] == [True, False, False]
    # What is over makes room.
    assert present.take(said(AMARA, subject=uuid4()), now=whispers.PRESENT_SECONDS + 2)


def test_nobody_knows_of_a_kind_that_no_room_has_registered():
    assert whispers.circle_of("nothing", ROOM, [AMARA]) == {}


@pytest.fixture
def circle(monkeypatch, handlers):
    """Who may know of the room: to be changed by the test. And the act by which one says something there."""
    may = {AMARA: "Amara", LEE: "Lee"}
    monkeypatch.setattr(whispers, "_circles", {"room": lambda _room, people: {p: may[p] for p in people if p in may}})

    def speak(connected, frame):
        HUB.whisper(said(connected.person_id, frame["what"]))
        return {}

    handlers["room.whispered"] = speak
    return may


async def speaks(client, what):
    client.say(t="act", act="room.whispered", key=str(uuid4()), what=what)
    return await client.next("result")


@pytest.mark.django_db(transaction=True)
def test_it_is_heard_by_who_is_there_and_may_know_and_by_nobody_else(doorkeeper, circle, amara_on_phone, lee_on_phone):
    noor_on_phone = Connected(NOOR, uuid4(), "phone")

    async def test():
        async with wire(amara_on_phone) as amara, wire(lee_on_phone) as lee, wire(noor_on_phone) as noor:
            for client in (amara, lee, noor):
                await client.hello()
            await speaks(lee, "here")
            # The attack: somebody who may not know says that they are there, too.
            await speaks(noor, "here")
            await speaks(amara, "typing")
            heard = await lee.next("whisper")
            assert (heard["name"], heard["what"], heard["person"]) == ("Amara", "typing", str(AMARA))
            # Shut out a moment ago: they hear nothing more, and are heard no more.
            del circle[LEE]
            await speaks(lee, "typing")
            await speaks(amara, "here")
            for client in (amara, lee, noor):
                client.say(t="ping")
                assert (await client.next())["t"] == "pong"

    run(test())


@pytest.mark.django_db(transaction=True)
def test_where_nobody_else_is_nothing_is_asked_and_who_hangs_up_is_forgotten(
    doorkeeper, circle, amara_on_phone, monkeypatch
):
    asked = []
    monkeypatch.setattr(whispers, "_circles", {"room": lambda *told: asked.append(told) or {}})

    async def test():
        async with wire(amara_on_phone) as amara:
            await amara.hello()
            await speaks(amara, "typing")
            amara.say(t="ping")
            assert (await amara.next())["t"] == "pong"
            assert await in_pool(HUB.present, "room", ROOM) == [AMARA]

    run(test())
    assert asked == []
    assert HUB.present("room", ROOM) == []


@pytest.mark.django_db(transaction=True)
def test_a_flood_of_it_ends_the_socket(doorkeeper, circle, amara_on_phone):
    async def test():
        async with wire(amara_on_phone) as amara:
            await amara.hello()
            for _ in range(limits.FRAMES_BURST * 3):
                amara.say(t="act", act="room.whispered", key=str(uuid4()), what="typing")
            assert await amara.closed() == limits.CLOSE_TOO_FAST

    run(test())
