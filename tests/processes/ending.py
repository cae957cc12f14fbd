"""Sessions with a socket at a server, and the nine ways to end them: for the tests, and for bench/revocation.py.

Django is set up before this is imported.
"""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import connections
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from accounts import services
from accounts.sessions import end_session, end_sessions_of
from tests.live.people import tell

PATIENCE_SECONDS = 60


@dataclass
class Watched:
    """A session with a socket at a server: when it was closed, and when its last event came."""

    person_id: UUID
    session_id: UUID
    cookie: str
    events: list[float] = field(default_factory=list)
    closed: float = 0.0
    code: int | None = None


@asynccontextmanager
async def watch(watched, server):
    """Follows the person's inbox until the server closes the socket."""
    told = {"additional_headers": {"Cookie": watched.cookie}, "compression": None, "ping_interval": None}
    async with connect(server.socket_url, origin=server.url, **told) as client:
        await client.send(json.dumps({"t": "hello", "after": None}))
        while json.loads(await client.recv())["t"] != "welcome":
            pass
        task = asyncio.get_running_loop().create_task(listen(client, watched))
        yield task
        await task


async def listen(client, watched):
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                frame = json.loads(await client.recv())
                if frame["t"] == "event":
                    watched.events.append(time.monotonic())
    except ConnectionClosed:
        watched.closed, watched.code = time.monotonic(), client.close_code


def endings(oskar, elsewhere, unit_id):
    """Why a session ends -> what ends it: act(watched, person).

    `oskar` is an administrator's Actor, elsewhere(person) an Actor of theirs on another device; the unit is no one's.
    """

    def by_own_hand(do):
        def act(watched, person):
            other = elsewhere(person)
            more = {"session_id": watched.session_id} if do is services.end_own_session else {}
            do(other, key=uuid4(), **more)

        return act

    def by_administrator(do, **more):
        return lambda watched, person: do(oskar, key=uuid4(), person_id=person.pk, **more)

    return {
        "signed out": lambda watched, person: end_session(watched.session_id, reason="signed_out", agent=None),
        "locked": lambda watched, person: end_session(watched.session_id, reason="locked", agent=None),
        "ended elsewhere": by_own_hand(services.end_own_session),
        "all others ended": by_own_hand(services.end_other_sessions),
        "ended by administrator": by_administrator(services.end_sessions_for),
        "another factor": lambda w, person: end_sessions_of(person.pk, reason="factor_changed", agent=None),
        "another role": by_administrator(services.change_role, role="physician"),
        "another unit": by_administrator(services.change_memberships, unit_ids=[unit_id]),
        "disabled": by_administrator(services.disable_person),
    }


async def revoke_all(cases, servers, acts, *, pause=lambda: 0.0):
    """Opens a socket for each case, at either server in turn, then does all acts. When each began, by session.

    pause() seconds lie between two acts.
    """
    loop, began = asyncio.get_running_loop(), {}
    with ThreadPoolExecutor(1) as worker:
        async with AsyncExitStack() as stack:
            tasks = [
                await stack.enter_async_context(watch(watched, servers[number % 2]))
                for number, (watched, _, _) in enumerate(cases)
            ]
            for watched, person, act in cases:
                began[watched.session_id] = time.monotonic()
                await loop.run_in_executor(worker, act, watched, person)
                await asyncio.sleep(pause())
            # What happens to these people goes on; nothing of it may come to a device that is no longer theirs.
            while not all(task.done() for task in tasks):
                await loop.run_in_executor(worker, acts, [watched.person_id for watched, _, _ in cases])
                await asyncio.wait(tasks, timeout=0.5)
        await loop.run_in_executor(worker, connections.close_all)
    return began


def delays(cases, began):
    return sorted(watched.closed - began[watched.session_id] for watched, _, _ in cases)


def late_events(cases, began, bound):
    """Events that came to a device longer than `bound` seconds after its session was ended."""
    return [at for watched, _, _ in cases for at in watched.events if at > began[watched.session_id] + bound]


def announce_to(person_ids):
    tell(*person_ids)
