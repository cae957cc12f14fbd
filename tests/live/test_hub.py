"""What an inbox holds reaches its person's sockets: all of it, in order, from where the device left off."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from django.db import connection

from config.roles import as_owner
from live import limits
from live.door import Connected
from live.hub import HUB
from live.inbox import Subject
from live.models import DeviceCursor, Rung
from live.pool import in_pool
from tests.live.people import AMARA, LEE, NOOR, tell
from tests.live.wire import Wire, quiet, run, until, wire

pytestmark = pytest.mark.django_db(transaction=True)


def with_views(items):
    return {item.pk: {"title": f"for {item.person_id}"} for item in items}


def test_an_act_reaches_the_socket_of_its_recipient_and_of_nobody_else(
    doorkeeper, drawers, lee_on_phone, amara_on_phone
):
    drawers["thing.done"] = with_views

    async def test():
        async with wire(lee_on_phone) as lee, wire(amara_on_phone) as amara:
            assert await lee.hello() == {"t": "welcome", "head": 0, "after": 0, "person": str(LEE)}
            await amara.hello()
            subject = await in_pool(tell, LEE)
            frame = await lee.next()
            at = frame.pop("at")
            assert frame == {
                "t": "event",
                "n": 1,
                "event": "thing.done",
                "subject": {"kind": "thing", "id": str(subject.id)},
                "view": {"title": f"for {LEE}"},
            }
            assert at.endswith("+00:00")
            await in_pool(tell, AMARA)
            assert (await amara.next())["view"] == {"title": f"for {AMARA}"}

    run(test())


def test_a_device_resumes_from_its_last_number_and_gets_each_row_once(doorkeeper, drawers, lee_on_phone):
    async def test():
        for _ in range(7):
            await in_pool(tell, LEE)
        async with wire(lee_on_phone) as lee:
            assert (await lee.hello(after=3))["head"] == 7
            assert [event["n"] for event in await lee.events(4)] == [4, 5, 6, 7]
            await in_pool(tell, LEE)
            assert (await lee.next())["n"] == 8

    run(test())


def test_a_long_absence_is_replayed_page_by_page_as_the_device_acknowledges(
    doorkeeper, drawers, lee_on_phone, monkeypatch
):
    monkeypatch.setattr(limits, "REPLAY_PAGE", 20)

    async def test():
        for _ in range(50):
            await in_pool(tell, LEE)
        async with wire(lee_on_phone) as lee:
            await lee.hello(after=0)
            assert [event["n"] for event in await lee.events(20)] == list(range(1, 21))
            await in_pool(tell, LEE)
            lee.say(t="ping")
            assert (await lee.next())["t"] == "pong"
            lee.say(t="ack", n=20)
            assert [event["n"] for event in await lee.events(20)] == list(range(21, 41))
            lee.say(t="ack", n=40)
            assert [event["n"] for event in await lee.events(11)] == list(range(41, 52))

    run(test())


def test_a_device_that_is_replayed_and_never_acknowledges_is_dropped(doorkeeper, drawers, lee_on_phone, monkeypatch):
    monkeypatch.setattr(limits, "REPLAY_PAGE", 2)
    monkeypatch.setattr(limits, "ACKNOWLEDGE_SECONDS", 0.05)

    async def test():
        for _ in range(5):
            await in_pool(tell, LEE)
        async with wire(lee_on_phone) as lee:
            await lee.hello(after=0)
            assert await lee.closed() == limits.CLOSE_POLICY

    run(test())


def test_a_device_ahead_of_the_server_is_told_so(doorkeeper, drawers, lee_on_phone, caplog):
    async def test():
        await in_pool(tell, LEE)
        async with wire(lee_on_phone) as lee:
            assert await lee.hello(after=9) == {"t": "ahead", "head": 1}
            assert "live.client_ahead" in caplog.text

    run(test())


def test_a_backup_restored_under_an_open_socket_is_found_by_the_sweep(doorkeeper, drawers, lee_on_phone, settings):
    settings.LIVE_POLL_SECONDS = 0.02

    def restore():
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM live_inboxitem WHERE number > 1")
            cursor.execute("UPDATE live_stream SET head = 1")

    async def test():
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            await in_pool(tell, LEE)
            await in_pool(tell, LEE)
            await lee.events(2)
            await in_pool(restore)
            assert await lee.next("ahead") == {"t": "ahead", "head": 1}

    run(test())


def test_a_new_device_gets_what_has_reached_no_device_yet(doorkeeper, drawers, lee_on_phone):
    async def test():
        await in_pool(tell, LEE)
        await in_pool(tell, LEE, sender=AMARA, event="thing.sent")
        await in_pool(tell, LEE)
        async with wire(lee_on_phone) as lee:
            assert (await lee.hello())["after"] == 1
            assert [event["n"] for event in await lee.events(2)] == [2, 3]

    run(test())


def test_a_known_device_that_has_lost_its_number_begins_at_its_cursor(doorkeeper, drawers, lee_on_phone):
    async def test():
        for _ in range(4):
            await in_pool(tell, LEE)
        await in_pool(DeviceCursor.objects.create, session_id=lee_on_phone.session_id, person_id=LEE, number=2)
        async with wire(lee_on_phone) as lee:
            assert (await lee.hello())["after"] == 2
            assert [event["n"] for event in await lee.events(2)] == [3, 4]

    run(test())


def rungs(subject):
    return {
        (rung.name, rung.person_id): (rung.session_id, rung.device)
        for rung in Rung.objects.filter(subject_id=subject.id)
    }


def test_pushed_and_on_device_are_reached_with_their_device_and_the_sender_learns_of_both(
    doorkeeper, drawers, lee_on_phone, amara_on_phone
):
    async def test():
        async with wire(lee_on_phone) as lee, wire(amara_on_phone) as amara:
            await lee.hello()
            await amara.hello()
            sent = await in_pool(tell, LEE, sender=AMARA, event="thing.sent")
            assert (await lee.next())["n"] == 1
            pushed = await amara.next()
            lee.say(t="ack", n=1)
            on_device = await amara.next()
            assert [pushed["event"], on_device["event"]] == ["ladder.climbed", "ladder.climbed"]
            found = await in_pool(rungs, sent)
            phone = (lee_on_phone.session_id, "Ward phone 3")
            assert found == {("stored", LEE): (None, ""), ("pushed", LEE): phone, ("on_device", LEE): phone}
            ids = await in_pool(lambda: list(Rung.objects.order_by("reached").values_list("id", flat=True)))
            assert [pushed["subject"]["id"], on_device["subject"]["id"]] == [str(ids[1]), str(ids[2])]

    run(test())


def test_an_acknowledgement_that_was_lost_with_the_server_is_made_good_by_the_next_hello(
    doorkeeper, drawers, lee_on_phone
):
    async def test():
        sent = await in_pool(tell, LEE, sender=AMARA, event="thing.sent")
        async with wire(lee_on_phone) as lee:
            await lee.hello(after=1)
        await quiet()
        assert ("on_device", LEE) in await in_pool(rungs, sent)

    run(test())


def test_two_devices_of_one_person_both_get_it_and_the_rung_is_the_first_one(doorkeeper, drawers, lee_on_phone):
    second = Connected(LEE, uuid4(), "Ward phone 9")

    async def test():
        async with wire(lee_on_phone) as one, wire(second) as two:
            await one.hello()
            await two.hello()
            sent = await in_pool(tell, LEE, sender=AMARA, event="thing.sent")
            assert (await one.next())["n"] == (await two.next())["n"] == 1
            two.say(t="ack", n=1)
            await until_rung(sent, "on_device")
            one.say(t="ack", n=1)
        await quiet()
        assert (await in_pool(rungs, sent))["on_device", LEE] == (second.session_id, "Ward phone 9")

    run(test())


async def until_rung(subject, name):
    async def is_there():
        return any(found == name for found, _ in await in_pool(rungs, subject))

    await until(is_there)


def test_one_fetch_serves_everybody_who_waits_and_one_drawing_each_distinct_view(doorkeeper, drawers):
    crowd = [Connected(uuid4(), uuid4(), f"phone {index}") for index in range(12)]
    batches = []

    def draw_once(items):
        batches.append(len(items))
        shared = {"title": "for all"}
        return {item.pk: shared for item in items}

    drawers["thing.done"] = draw_once

    async def test():
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(wire(connected)) for connected in crowd]
            for client in clients:
                await client.hello()
            await until(lambda: all(socket.is_following for own in HUB._people.values() for socket in own))
            await in_pool(tell, *(connected.person_id for connected in crowd))
            frames = [await client.next() for client in clients]
        assert {frame["n"] for frame in frames} == {1}
        assert batches == [12]

    run(test())


def test_a_reader_who_may_no_longer_see_it_gets_the_event_without_its_content(doorkeeper, drawers, lee_on_phone):
    drawers["thing.done"] = lambda items: {item.pk: None for item in items}

    async def test():
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            await in_pool(tell, LEE)
            assert (await lee.next())["view"] is None

    run(test())


def test_one_event_that_cannot_be_drawn_holds_up_nothing_behind_it(doorkeeper, drawers, lee_on_phone, caplog):
    poison = uuid4()

    def draw(items):
        if any(item.subject_id == poison for item in items):
            raise RuntimeError("the blob does not open")
        return with_views(items)

    drawers["thing.done"] = draw

    async def test():
        await in_pool(tell, LEE)
        await in_pool(tell, LEE, subject=Subject("thing", poison))
        await in_pool(tell, LEE)
        async with wire(lee_on_phone) as lee:
            await lee.hello(after=0)
            views = [event["view"] for event in await lee.events(3)]
            assert views == [{"title": f"for {LEE}"}, None, {"title": f"for {LEE}"}]

    run(test())
    assert "live.not_drawn" in caplog.text
    assert "blob" not in "".join(record.getMessage() for record in caplog.records)


def test_a_lost_hint_is_found_by_the_sweep(doorkeeper, drawers, lee_on_phone, settings, monkeypatch):
    settings.LIVE_POLL_SECONDS = 0.02
    monkeypatch.setattr("live.bell._listeners", [])

    async def test():
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            await in_pool(tell, LEE)
            assert (await lee.next("event"))["n"] == 1
            assert (await lee.next("pong"))["head"] == 1

    run(test())


def test_forged_hints_show_nobody_anything(doorkeeper, drawers, lee_on_phone):
    drawers["thing.done"] = with_views

    async def test():
        await in_pool(tell, NOOR)
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            HUB.hint({uuid4(): 10**6 for _ in range(200)} | {LEE: 10**9, NOOR: 5})
            await in_pool(tell, LEE)
            frame = await lee.next()
            assert (frame["n"], frame["view"]) == (1, {"title": f"for {LEE}"})
            assert lee.outbound.empty()

    run(test())


def test_a_client_that_does_not_read_is_dropped_at_the_bound_and_delays_nobody(doorkeeper, drawers, lee_on_phone):
    drawers["thing.done"] = lambda items: {item.pk: {"title": "x" * 20_000} for item in items}
    other = Connected(NOOR, uuid4(), "phone")

    async def test():
        async with wire(other) as noor:
            await noor.hello()
            deaf = Wire(lee_on_phone)
            deaf.start()
            await deaf.accepted()
            await deaf.hello()
            deaf.may_write.clear()
            for number in range(1, 41):
                await in_pool(tell, LEE, NOOR)
                assert (await noor.next())["n"] == number
            await asyncio.wait([deaf.task], timeout=5)
            assert deaf.task.done()
            assert deaf.written <= 3

    run(test())


def test_the_pool_being_held_up_does_not_delay_a_push(doorkeeper, drawers, lee_on_phone):
    """Four queries that last until the frame has arrived: were pushes behind them, this would never end."""

    def hold(lock):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock_shared(%s)", [lock])
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [lock])

    def waiting():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            return cursor.fetchone()[0]

    def take(lock, how):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_{how}(%s)", [lock])

    async def test():
        loop = asyncio.get_running_loop()
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            # One thread, so that the lock is taken and given back by the same connection.
            gate = ThreadPoolExecutor(1)
            await loop.run_in_executor(gate, take, 4711, "lock")
            held = [asyncio.ensure_future(in_pool(hold, 4711)) for _ in range(4)]
            async with asyncio.timeout(20):
                while await in_pool(waiting) < 4:
                    await asyncio.sleep(0.01)
            for number in range(1, 21):
                await in_pool(tell, LEE)
                assert (await lee.next())["n"] == number
                lee.say(t="ping")
                assert (await lee.next())["t"] == "pong"
            assert not any(query.done() for query in held)
            await loop.run_in_executor(gate, take, 4711, "unlock")
            await asyncio.gather(*held)
            await loop.run_in_executor(gate, lambda: connection.close())
            gate.shutdown()

    run(test())
