"""One hostile client takes neither the server's memory nor the others' news: real servers, real sockets.

Without the guard, Daphne took 1,097 MiB from a client that floods and 300 MiB from one that does not read, in seconds.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from live import limits
from live.door import Connected
from tests.live.people import AMARA, LEE, NOOR
from tests.live.serving import cookie_of, phone, serving
from tests.live.wire import ORIGIN

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
GROWTH_BYTES = 32 * 1024 * 1024
SERVERS = ["daphne", "uvicorn"]
LOCK = 8_152


@pytest.fixture(scope="module", params=SERVERS)
def served(request, django_db_setup):
    with serving(request.param) as (one,):
        yield one


@pytest.fixture
def held_lock():
    """While this is held, the act `hold` does not come back."""
    threads = ThreadPoolExecutor(1)

    def run(statement):
        with connection.cursor() as cursor:
            cursor.execute(statement, [LOCK])

    threads.submit(run, "SELECT pg_advisory_lock(%s)").result()
    yield LOCK
    threads.submit(run, "SELECT pg_advisory_unlock(%s)").result()
    threads.submit(lambda: connection.close()).result()
    threads.shutdown()


def on_phone(person_id, device="phone"):
    return Connected(person_id, uuid4(), device)


async def flood(client, frame, megabytes):
    """As much as the server takes, up to so many megabytes; it is expected to stop reading long before."""
    with suppress(ConnectionClosed, TimeoutError):
        for _ in range(megabytes * 1024 * 1024 // len(frame)):
            async with asyncio.timeout(1):
                await client.send(frame)


@pytest.mark.parametrize("size", [40, 4_000, 60_000])
def test_a_flooding_client_does_not_fill_the_memory(served, held_lock, size):
    frame = '{"t":"ping","x":"' + "x" * (size - 19) + '"}'

    async def test():
        async with phone(served, on_phone(LEE)) as lee, phone(served, on_phone(AMARA)) as amara:
            # The first act waits in the database: the application takes no further frame of this socket.
            await lee.say(t="act", act="hold", key=str(uuid4()), lock=held_lock)
            before = served.resident_bytes
            await flood(lee.client, frame, 100)
            assert served.resident_bytes - before < GROWTH_BYTES
            assert (await amara.act("note.left", to=[str(AMARA)]))["ok"]
            assert (await amara.next("event"))["n"] == 1
            # It could say goodbye only behind all that it has sent.
            lee.client.transport.abort()

    asyncio.run(test())


def test_a_client_that_never_reads_does_not_fill_the_memory_and_is_dropped(served):
    """Ten megabytes for each of two people, one of whom reads."""

    async def test():
        deaf = await deaf_client(served, on_phone(LEE))
        async with phone(served, on_phone(NOOR)) as reader, phone(served, on_phone(AMARA)) as amara:
            before = served.resident_bytes
            for turn in range(25):
                answer = await amara.act("note.left", to=[str(LEE), str(NOOR)], size=10_000, times=40)
                assert answer["ok"]
                numbers = [(await reader.next("event"))["n"] for _ in range(40)]
                assert numbers == list(range(turn * 40 + 1, turn * 40 + 41))
            assert served.resident_bytes - before < GROWTH_BYTES
        assert is_dropped(deaf)
        deaf.close()

    asyncio.run(test())


async def deaf_client(served, connected):
    """A raw socket that says hello and then reads nothing more; its receive buffer is small."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", served.port))
    raw.sendall(
        (
            f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Origin: {ORIGIN}\r\nCookie: {cookie_of(connected)}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
    )
    assert b" 101 " in raw.recv(4096)
    raw.sendall(masked(0x81, b'{"t":"hello","after":0}'))
    assert b"welcome" in raw.recv(4096)
    return raw


def masked(first, payload):
    """A client frame with the mask 0000, whatever is in it; for lengths below 126."""
    return bytes([first, 0x80 | len(payload)]) + b"\x00\x00\x00\x00" + payload


def is_dropped(raw):
    """Whether the server has given the connection up: after what the kernel still holds comes an end, not a wait."""
    raw.settimeout(10)
    with suppress(ConnectionResetError):
        while raw.recv(65_536):
            pass
    return True


def test_a_frame_over_64_kib_is_closed_with_1009(served):
    async def test():
        async with phone(served, on_phone(LEE)) as lee:
            await lee.client.send('{"t":"ping","x":"' + "x" * limits.FRAME_BYTES + '"}')
            assert await lee.closed() == 1009

    asyncio.run(test())


def test_a_frame_far_over_the_limit_is_cut_off_without_being_read(served):
    async def test():
        async with phone(served, on_phone(LEE)) as lee:
            before = served.resident_bytes
            with suppress(ConnectionClosed):
                await lee.client.send("x" * 50_000_000)
            assert await lee.closed() in (1006, 1009)
            assert served.resident_bytes - before < GROWTH_BYTES

    asyncio.run(test())


def test_a_message_in_endless_fragments_is_cut_off(served):
    async def test():
        raw = await deaf_client(served, on_phone(LEE))
        before = served.resident_bytes
        raw.settimeout(10)
        with suppress(OSError):
            raw.sendall(masked(0x01, b"x" * 100))
            for _ in range(200_000):
                raw.sendall(masked(0x00, b"x" * 100))
        assert served.resident_bytes - before < GROWTH_BYTES
        assert is_dropped(raw)
        raw.close()

    asyncio.run(test())


def test_compression_is_not_negotiated(served):
    async def test():
        async with phone(served, on_phone(LEE), compression="deflate") as lee:
            assert lee.client.protocol.extensions == []

    asyncio.run(test())


def test_a_foreign_origin_is_answered_with_403_before_the_upgrade(served):
    from websockets.asyncio.client import connect

    async def test():
        headers = {"Cookie": cookie_of(on_phone(LEE))}
        with pytest.raises(InvalidStatus) as refused:
            async with connect(served.url, origin="http://evil.example", additional_headers=headers):
                pytest.fail("upgraded")
        assert refused.value.response.status_code == 403

    asyncio.run(test())


def test_two_phones_and_a_reconnect_on_a_real_server(served):
    lee = on_phone(LEE)

    async def test():
        async with phone(served, on_phone(AMARA)) as amara:
            async with phone(served, lee) as first:
                for number in range(1, 4):
                    await amara.act("note.left", to=[str(LEE)])
                    assert (await first.next("event"))["n"] == number
                    await first.say(t="ack", n=number)
            for _ in range(3):
                await amara.act("note.left", to=[str(LEE)])
            async with phone(served, lee, after=3) as again:
                assert [(await again.next("event"))["n"] for _ in range(3)] == [4, 5, 6]

    asyncio.run(test())
