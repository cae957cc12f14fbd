"""Who may open a socket, what a frame may be, and what an act by socket answers."""

import asyncio
import json
import threading
from uuid import UUID, uuid4

import pytest
from django.db import InterfaceError, OperationalError, transaction

from config.logs import JsonLines
from live import door, limits
from live.frames import register_frame
from live.inbox import Announcement, Subject, announce
from live.keys import claim, settle
from live.models import ActKey, InboxItem
from live.pool import POOL, in_pool
from live.refusals import DatabaseAway, Denied
from live.socket import Unfit, parse
from tests.live.people import LEE
from tests.live.wire import ORIGIN, Closed, run, wire

pytestmark = pytest.mark.django_db(transaction=True)

STRANGE_ORIGINS = [
    None,
    "null",
    "",
    "https://localhost:8000",
    "ftp://localhost:8000",
    "http://localhost",
    "http://localhost:8001",
    "http://LOCALHOST:8000",
    "http://localhost:8000.example.org",
    "http://localhost:8000@example.org",
    "http://evil.localhost:8000",
    "http://localhost:8000/",
    "http://loсalhost:8000",
]


@pytest.mark.parametrize("origin", STRANGE_ORIGINS)
def test_it_refuses_before_accepting_every_origin_but_ours(doorkeeper, lee_on_phone, origin):
    async def test():
        with pytest.raises(Closed):
            async with wire(lee_on_phone, origin=origin):
                pytest.fail("accepted")

    run(test())


def test_it_refuses_two_origins_even_when_one_is_ours(doorkeeper, lee_on_phone):
    async def test():
        with pytest.raises(Closed):
            async with wire(lee_on_phone, headers=[(b"origin", b"http://example.org")]):
                pytest.fail("accepted")

    run(test())


def test_it_accepts_our_origin_to_the_letter(doorkeeper, drawers, lee_on_phone, settings):
    settings.ORIGINS = ["https://readback.example", ORIGIN]

    async def test():
        for origin in settings.ORIGINS:
            async with wire(lee_on_phone, origin=origin) as lee:
                assert (await lee.hello())["t"] == "welcome"

    run(test())


def test_it_refuses_another_path(doorkeeper, lee_on_phone):
    async def test():
        with pytest.raises(Closed):
            async with wire(lee_on_phone, path="/live/other/"):
                pytest.fail("accepted")

    run(test())


def test_it_closes_with_4401_where_nobody_is_signed_in(doorkeeper):
    async def test():
        async with wire(None) as stranger:
            assert await stranger.closed() == 4401

    run(test())


def deep(levels):
    return '{"t":"ping","deep":' + "[" * levels + "]" * levels + "}"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"bytes": b'{"t":"ping"}'}, limits.CLOSE_BINARY),
        ({"text": "ping"}, limits.CLOSE_NOT_JSON),
        ({"text": "[1]"}, limits.CLOSE_NOT_JSON),
        ({"text": '"' + "x" * 65_536 + '"'}, limits.CLOSE_TOO_BIG),
        ({"text": '{"t":"ping","x":"' + "é" * 40_000 + '"}'}, limits.CLOSE_TOO_BIG),
        ({"text": deep(8)}, limits.CLOSE_POLICY),
        ({"text": deep(30_000)}, limits.CLOSE_NOT_JSON),
        ({"text": '{"t":"dance"}'}, limits.CLOSE_POLICY),
        ({"text": "{}"}, limits.CLOSE_POLICY),
        ({"text": '{"t":"hello","after":"3"}'}, limits.CLOSE_POLICY),
        ({"text": '{"t":"hello","after":-1}'}, limits.CLOSE_POLICY),
        ({"text": '{"t":"hello","after":true}'}, limits.CLOSE_POLICY),
        ({"text": '{"t":"hello","after":1e400}'}, limits.CLOSE_POLICY),
        ({"text": '{"t":"hello","after":9223372036854775808}'}, limits.CLOSE_POLICY),
        ({"text": '{"t":"ack","n":7}'}, limits.CLOSE_POLICY),
    ],
)
def test_it_closes_on_what_no_honest_client_sends(doorkeeper, drawers, lee_on_phone, message, code):
    async def test():
        async with wire(lee_on_phone) as lee:
            lee.say_raw(**message)
            assert await lee.closed() == code

    run(test())


def test_a_frame_of_exactly_64_kib_and_eight_levels_is_read():
    filled = '{"t":"ping","x":"%s"}'
    text = filled % ("x" * (limits.FRAME_BYTES - len(filled % "")))
    assert len(text) == limits.FRAME_BYTES
    assert parse({"text": text})["t"] == "ping"
    assert parse({"text": deep(7)})["t"] == "ping"
    with pytest.raises(Unfit):
        parse({"text": text + " "})


def test_it_closes_a_client_that_speaks_faster_than_its_rate(doorkeeper, drawers, lee_on_phone):
    async def test():
        async with wire(lee_on_phone) as lee:
            for _ in range(limits.FRAMES_BURST + 5):
                lee.say(t="ping")
            for _ in range(limits.FRAMES_BURST):
                assert (await lee.next())["t"] == "pong"
            assert await lee.closed() == limits.CLOSE_TOO_FAST

    run(test())


def note(connected, frame):
    """An act with its key, as the rooms above write one."""
    key = UUID(frame["key"])
    with transaction.atomic():
        earlier = claim(key, person_id=connected.person_id, act="note.left").earlier
        if earlier is None:
            earlier = uuid4()
            settle(key, result_id=earlier)
            announce(Announcement("note.left", [connected.person_id], Subject("note", earlier)))
    return {"note": earlier}


def test_an_act_is_done_once_and_answered_twice_with_the_same(doorkeeper, drawers, handlers, lee_on_phone):
    register_frame("note.left", note)

    async def test():
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            key = str(uuid4())
            lee.say(t="act", act="note.left", key=key)
            first = await lee.next("result")
            lee.say(t="act", act="note.left", key=key)
            assert await lee.next("result") == first
            assert (first["key"], first["ok"]) == (key, True)
            assert UUID(first["note"])
        assert await in_pool(InboxItem.objects.count) == 1

    run(test())


def test_the_answer_comes_after_the_commit(doorkeeper, drawers, handlers, lee_on_phone):
    register_frame("note.left", note)

    async def test():
        async with wire(lee_on_phone) as lee:
            key = uuid4()
            lee.say(t="act", act="note.left", key=str(key))
            answer = await lee.next("result")
            assert (await in_pool(ActKey.objects.get, key=key)).result_id == UUID(answer["note"])

    run(test())


def test_a_refusal_is_answered_in_words_and_recorded(doorkeeper, drawers, handlers, lee_on_phone):
    def refuse(connected, frame):
        raise Denied(act="note.left")

    register_frame("note.left", refuse)

    async def test():
        async with wire(lee_on_phone) as lee:
            key = str(uuid4())
            lee.say(t="act", act="note.left", key=key)
            assert await lee.next() == {
                "t": "refused",
                "key": key,
                "status": 403,
                "code": "denied",
                "message": Denied.message,
            }

    run(test())
    ((refusal, connected),) = doorkeeper.refusals
    assert (refusal.act, connected) == ("note.left", lee_on_phone)


def test_an_unknown_act_and_a_missing_key_are_refused_and_the_socket_stays(doorkeeper, drawers, handlers, lee_on_phone):
    register_frame("note.left", note)

    async def test():
        async with wire(lee_on_phone) as lee:
            lee.say(t="act", act="note.burnt", key=str(uuid4()))
            assert (await lee.next())["status"] == 404
            for key in (None, 7, "", "not-a-key", {"$ne": 1}):
                lee.say(t="act", act="note.left", key=key)
                assert (await lee.next())["status"] == 422
            assert await in_pool(InboxItem.objects.count) == 0

    run(test())


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_an_act_without_a_database_is_answered_with_when_to_send_it_again(
    doorkeeper, drawers, handlers, lee_on_phone, caplog, error
):
    def fail(connected, frame):
        raise error("FENWICKLE at canary-host")

    register_frame("note.left", fail)

    async def test():
        async with wire(lee_on_phone) as lee:
            key = str(uuid4())
            lee.say(t="act", act="note.left", key=key)
            answer = await lee.next()
            assert (answer["t"], answer["key"], answer["status"]) == ("refused", key, 503)
            assert (answer["code"], answer["retry_after"]) == ("database_away", DatabaseAway.retry_after)
            assert "Nothing was saved" in answer["message"]
            lee.say(t="ping")
            assert (await lee.next())["t"] == "pong"

    run(test())
    told = json.dumps([[JsonLines().format(record)] for record in caplog.records])
    assert "database.away" in told
    assert "FENWICKLE" not in told
    assert "canary" not in told


def test_a_socket_that_nobody_can_be_looked_up_for_is_told_to_come_back(doorkeeper, lee_on_phone, monkeypatch):
    def away(*_):
        raise OperationalError("canary-host")

    monkeypatch.setattr(door, "_authenticator", away)

    async def test():
        async with wire(lee_on_phone) as lee:
            assert await lee.closed() == limits.CLOSE_TRY_LATER

    run(test())


def test_a_socket_whose_session_cannot_be_looked_up_is_told_to_come_back(
    doorkeeper, drawers, lee_on_phone, monkeypatch, settings
):
    settings.LIVE_POLL_SECONDS = -1

    async def test():
        async with wire(lee_on_phone) as lee:
            monkeypatch.setattr(door, "_session_check", lambda _: (_ for _ in ()).throw(OperationalError("away")))
            lee.say(t="ping")
            assert await lee.closed() == limits.CLOSE_TRY_LATER

    run(test())


def test_an_act_that_fails_is_answered_without_a_word_of_why(doorkeeper, drawers, handlers, lee_on_phone, caplog):
    def fail(connected, frame):
        raise RuntimeError("FENWICKLE is in the wrong row")

    register_frame("note.left", fail)

    async def test():
        async with wire(lee_on_phone) as lee:
            lee.say(t="act", act="note.left", key=str(uuid4()))
            answer = await lee.next()
            assert (answer["t"], answer["status"]) == ("refused", 500)
            assert "FENWICKLE" not in json.dumps(answer)
            lee.say(t="ping")
            assert (await lee.next())["t"] == "pong"

    run(test())


def test_each_act_looks_the_session_up_in_the_database(doorkeeper, drawers, handlers, lee_on_phone):
    """Signed out on another page, and no hint has come: the next act must not be done."""
    register_frame("note.left", note)

    async def test():
        async with wire(lee_on_phone) as lee:
            lee.say(t="act", act="note.left", key=str(uuid4()))
            await lee.next("result")
            doorkeeper.ended.add(lee_on_phone.session_id)
            lee.say(t="act", act="note.left", key=str(uuid4()))
            assert await lee.closed() == 4401
        assert await in_pool(InboxItem.objects.count) == 1

    run(test())


def test_other_frames_look_it_up_when_the_sweep_has_not(doorkeeper, drawers, lee_on_phone, settings):
    async def test():
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            # The sweep sleeps for the old interval still: as if it could not reach the database.
            settings.LIVE_POLL_SECONDS = 0
            doorkeeper.ended.add(lee_on_phone.session_id)
            lee.say(t="ping")
            assert await lee.closed() == 4401

    run(test())


def test_acts_of_one_socket_are_done_in_the_order_in_which_they_were_sent(doorkeeper, drawers, handlers, lee_on_phone):
    done = []

    def slow_then_fast(connected, frame):
        done.append(frame["turn"])
        return {}

    register_frame("note.left", slow_then_fast)

    async def test():
        async with wire(lee_on_phone) as lee:
            for turn in range(20):
                lee.say(t="act", act="note.left", key=str(uuid4()), turn=turn)
            for _ in range(20):
                await lee.next("result")

    run(test())
    assert done == list(range(20))


def test_an_act_that_has_begun_ends_although_its_sender_hangs_up(doorkeeper, drawers, handlers, lee_on_phone):
    began, may_end = threading.Event(), threading.Event()

    def linger(connected, frame):
        began.set()
        may_end.wait(timeout=20)
        return note(connected, frame)

    register_frame("note.left", linger)

    async def test():
        loop = asyncio.get_running_loop()
        async with wire(lee_on_phone) as lee:
            lee.say(t="act", act="note.left", key=str(uuid4()))
            await loop.run_in_executor(None, began.wait, 20)
            lee.task.cancel()
        may_end.set()

    run(test())
    POOL.close()
    assert InboxItem.objects.filter(person_id=LEE).count() == 1
