"""The whole product on real servers: what another process does closes, wakes and resumes a socket here."""

import asyncio
import http.client
import json
from contextlib import asynccontextmanager, closing
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from live.models import InboxItem, Rung

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 20
CSRF_SECRET = "c" * 32


class Browser:
    """A signed-in person: the cookie for a socket, and forms for any of the servers."""

    def __init__(self, sign_in, person):
        client = Client()
        self.session = sign_in(client, person)
        kept = client.session
        kept["_csrftoken"] = CSRF_SECRET
        kept.save()
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def post(self, server, path, body=""):
        headers = {
            "Cookie": self.cookie,
            "Origin": server.url,
            "X-CSRFToken": CSRF_SECRET,
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)) as connection:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status

    @asynccontextmanager
    async def socket(self, server, *, after=None):
        async with connect(
            server.socket_url,
            origin=server.url,
            additional_headers={"Cookie": self.cookie},
            compression=None,
            ping_interval=None,
        ) as client:
            await client.send(json.dumps({"t": "hello", "after": after}))
            yield client


async def hear(client, kind):
    """The next frame of this kind."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            frame = json.loads(await client.recv())
            if frame["t"] == kind:
                return frame


@pytest.fixture
def browser(sign_in):
    return lambda person: Browser(sign_in, person)


def test_signing_out_at_one_server_closes_the_socket_at_the_other(two_servers, browser, lee):
    one, two = two_servers
    own = browser(lee)

    async def test():
        async with own.socket(one) as client:
            await hear(client, "welcome")
            # Quicker than the sweep would be: by the hint.
            assert await asyncio.to_thread(own.post, two, "/sign-out/") in (200, 303, 302)
            async with asyncio.timeout(PATIENCE_SECONDS / 2):
                with pytest.raises(ConnectionClosed):
                    await hear(client, "never")
            assert client.close_code == 4401

    asyncio.run(test())


def test_a_handover_sent_at_one_server_is_drawn_for_the_receiver_at_the_other(two_servers, browser, draft, ward, lee):
    one, two = two_servers
    sender, receiver = browser(draft.author), browser(lee)
    form = f"to_unit={ward.pk}&to=unit&key={uuid4()}&illness_severity=watcher&summary-statement=75&revision=2"

    async def test():
        async with receiver.socket(one) as phone, sender.socket(two) as own:
            await hear(phone, "welcome")
            await hear(own, "welcome")
            assert await asyncio.to_thread(sender.post, two, f"/handovers/{draft.pk}/send/", form) in (200, 201, 303)
            frame = await hear(phone, "event")
            assert (frame["event"], frame["view"]["handover"]) == ("handover.sent", str(draft.pk))
            await phone.send(json.dumps({"t": "ack", "n": frame["n"]}))
            rungs = [(await hear(own, "event"))["view"]["rung"] for _ in range(2)]
            assert rungs == ["pushed", "on_device"]

    asyncio.run(test())
    assert set(Rung.objects.values_list("name", flat=True)) == {"stored", "pushed", "on_device"}


def test_what_was_stored_before_a_kill_is_replayed_by_the_server_that_comes_after(rig, browser, sent_handover, lee):
    """Killed between the commit and the delivery: the row is there, so nothing is lost."""
    (server,) = rig.start(1)
    receiver = browser(lee)
    server.kill()
    server.start()
    server.wait_until_healthy()

    async def test():
        async with receiver.socket(server) as phone:
            await hear(phone, "welcome")
            numbers = [(await hear(phone, "event"))["n"] for _ in range(len(stored))]
            assert numbers == stored

    stored = list(InboxItem.objects.filter(person_id=lee.pk).order_by("number").values_list("number", flat=True))
    assert stored
    asyncio.run(test())
