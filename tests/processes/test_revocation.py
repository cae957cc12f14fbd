"""Ending a session closes its sockets: by a hint with Redis up, by the sweep with Redis down or paused, and for good.

Every reason for which a session ends, times every state of Redis. What is measured begins before the act, so it holds
the act itself; the figures are printed, and docs/performance.md has those of a quiet machine. The bounds here are those
of a machine that does everything at once: what came by a hint is told from the sweep by a sweep that never comes.
"""

import asyncio
import json
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from accounts import services
from accounts.models import DeviceSession
from accounts.sessions import end_session, end_sessions_of
from live import bell
from live.bus import Bus
from tests.live.people import tell

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

PATIENCE_SECONDS = 60
# With Redis: no sweep within the test, so what closes a socket was a hint. Without: the sweep as it is shipped.
NO_SWEEP, SWEEP_SECONDS = "600", 15


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


@pytest.fixture
def triggers(admin_person, actor, ward, emergency):
    """Why a session ends -> what ends it."""
    oskar = actor(admin_person)

    def by_own_hand(do):
        def act(watched, person):
            other = actor(person, device="Other device")
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
        "another unit": by_administrator(services.change_memberships, unit_ids=[ward.pk]),
        "disabled": by_administrator(services.disable_person),
    }


@pytest.fixture
def make_watched(make_person, sign_in, emergency):
    """make_watched(name): a nurse of the emergency department, signed in on a phone."""

    def make(name):
        person = make_person(f"{name}@readback.example", "Nell Ashgrove", "nurse", unit=emergency)
        client = Client()
        session = sign_in(client, person)
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        return Watched(person.pk, session.pk, cookie), person

    return make


async def revoke_all(cases, servers, acts):
    """Opens a socket for each case, at either server in turn, then does all acts. When each began, by session."""
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


def say(capsys, state, times):
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, int(0.99 * len(times)))]
    with capsys.disabled():
        told = f"p50 {p50:.2f} s, p99 {p99:.2f} s, max {times[-1]:.2f} s, n {len(times)}"
        sys.stdout.write(f"\nend of a session to its socket closed, Redis {state}: {told}\n")


def announce_to(person_ids):
    tell(*person_ids)


@pytest.mark.parametrize("state", ["up", "down", "paused"])
def test_ending_a_session_closes_its_sockets_and_nothing_comes_after(
    rig, private_redis, settings, monkeypatch, triggers, make_watched, capsys, state
):
    # The acts are done in this process, a third one on the bus: its own end of it, because one keeps its first address.
    settings.REDIS_URL, own = private_redis.url, Bus()
    monkeypatch.setattr(bell, "_listeners", [own.publish])
    monkeypatch.setattr(bell, "_mourners", [own.publish_end])
    poll = NO_SWEEP if state == "up" else str(SWEEP_SECONDS)
    servers = rig.start(2, redis_url=private_redis.url, extra={"READBACK_POLL_SECONDS": poll})
    each = 4 if state == "up" else 2
    cases = [
        (*make_watched(f"n{number}.{name.replace(' ', '')}"), act)
        for name, act in triggers.items()
        for number in range(each)
    ]
    pid = private_redis._process.pid
    if state == "down":
        private_redis.kill()
    elif state == "paused":
        os.kill(pid, signal.SIGSTOP)
    try:
        began = asyncio.run(revoke_all(cases, servers, announce_to))
    finally:
        if state == "paused":
            os.kill(pid, signal.SIGCONT)
    times = delays(cases, began)
    say(capsys, state, times)
    assert {watched.code for watched, _, _ in cases} == {4401}
    assert late_events(cases, began, SWEEP_SECONDS) == []
    assert not DeviceSession.objects.filter(pk__in=[watched.session_id for watched, _, _ in cases], ended=None).exists()


def test_a_phone_that_nobody_touches_is_closed_by_the_sweep(rig, make_watched, capsys):
    """No act ends it, so no hint is sent: only looking finds it."""
    servers = rig.start(2, extra={"READBACK_POLL_SECONDS": "2"})
    cases = [(*make_watched(f"idle{number}"), forget_about) for number in range(2)]
    began = asyncio.run(revoke_all(cases, servers, announce_to))
    say(capsys, "away, idle, sweep of 2 s", delays(cases, began))
    assert {watched.code for watched, _, _ in cases} == {4401}


def forget_about(watched, person):
    old = timezone.now() - timedelta(hours=1)
    DeviceSession.objects.filter(pk=watched.session_id).update(last_seen=old)
