"""A socket lives as long as its session, and a person has so many of them."""

from uuid import uuid4

import pytest

from live import door, limits
from live.door import Connected
from live.hub import HUB
from live.pool import in_pool
from tests.live.people import LEE, tell
from tests.live.wire import Closed, Wire, run, until, wire

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_sixth_socket_of_a_person_closes_the_oldest(doorkeeper, drawers):
    async def test():
        clients = [Wire(Connected(LEE, uuid4(), f"phone {index}")) for index in range(6)]
        for client in clients:
            client.start()
            await client.accepted()
        assert await clients[0].closed() == limits.CLOSE_TOO_MANY_SOCKETS
        for client in clients[1:]:
            await client.hello()
            await client.hang_up()

    run(test())


def test_an_ended_session_is_closed_at_once_and_gets_nothing_more(doorkeeper, drawers, lee_on_phone):
    async def test():
        async with wire(lee_on_phone) as lee, wire(Connected(LEE, uuid4(), "other phone")) as other:
            await lee.hello()
            await other.hello()
            doorkeeper.ended.add(lee_on_phone.session_id)
            await in_pool(door.session_ended, lee_on_phone.session_id)
            await in_pool(tell, LEE)
            with pytest.raises(Closed) as closed:
                await lee.next()
            assert closed.value.args[0] == 4401
            assert (await other.next())["n"] == 1

    run(test())


def test_an_end_that_nobody_told_of_is_found_by_the_sweep(doorkeeper, drawers, lee_on_phone, settings):
    settings.LIVE_POLL_SECONDS = 0.02

    async def test():
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            doorkeeper.ended.add(lee_on_phone.session_id)
            assert await lee.closed() == 4401

    run(test())


def test_a_hint_that_a_session_has_ended_is_believed_only_after_a_look(doorkeeper, drawers, lee_on_phone):
    async def test():
        async with wire(lee_on_phone) as lee:
            await lee.hello()
            HUB._check_session(lee_on_phone.session_id)
            await until(lambda: doorkeeper.checks)
            lee.say(t="ping")
            assert (await lee.next())["t"] == "pong"
            doorkeeper.ended.add(lee_on_phone.session_id)
            HUB._check_session(lee_on_phone.session_id)
            assert await lee.closed() == 4401

    run(test())
