"""Ending a session closes its sockets: by a hint with Redis up, by the sweep with Redis down or paused, and for good.

Every reason for which a session ends, times every state of Redis. What is measured begins before the act, so it holds
the act itself; the figures are printed, and docs/performance.md has those of a quiet machine. The bounds here are those
of a machine that does everything at once: what came by a hint is told from the sweep by a sweep that never comes.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceSession
from live import bell
from live.bus import Bus
from tests.processes.ending import Watched, announce_to, delays, endings, late_events, revoke_all

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

# With Redis: no sweep within the test, so what closes a socket was a hint. Without: the sweep as it is shipped.
NO_SWEEP, SWEEP_SECONDS = "600", 15


@pytest.fixture
def triggers(admin_person, actor, ward):
    """Why a session ends -> what ends it."""
    return endings(actor(admin_person), lambda person: actor(person, device="Other device"), ward.pk)


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


def say(capsys, state, times):
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, int(0.99 * len(times)))]
    with capsys.disabled():
        told = f"p50 {p50:.2f} s, p99 {p99:.2f} s, max {times[-1]:.2f} s, n {len(times)}"
        sys.stdout.write(f"\nend of a session to its socket closed, Redis {state}: {told}\n")


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
