"""From ending a session to its socket closed with 4401, with Redis up, down and paused.

    python bench/revocation.py [--each 12] [--within 30]

Two servers as they are shipped (sweep of 15 s), a real Redis between them, one socket for each session at either of
them in turn. Each of the nine ways to end a session (tests/processes/ending.py) is done `each` times, in random order,
spread evenly over `within` seconds, so that the acts fall at any moment of the sweep. Measured from before the act to
the close frame at the client; what happens to the person goes on meanwhile, and an event later than a sweep is counted.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import figures, hospital, rig
from config.embedded.redis import PrivateRedis

STATES = ("up", "down", "paused")
HEAD = ["Redis", "p50 ms", "p99 ms", "max ms", "n", "not 4401", "late events"]


@dataclass(frozen=True)
class At:
    """Where a server is, as tests/processes/ending.py asks for it."""

    socket_url: str
    url: str = rig.ORIGIN


def main() -> None:
    """Measures each state, prints the table, writes var/bench/revocation.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=12, help="times of each of the nine ways, in each state")
    parser.add_argument("--within", type=float, default=30.0, help="seconds over which the acts are spread")
    options = parser.parse_args()
    rows = []
    with rig.hospital_environment() as environment:
        hospital.set_up()
        for state in STATES:
            rows.append(measured(state, options.each, options.within, environment))
            figures.table(HEAD, [cells(rows[-1])])
    print("\nend of a session to its socket closed")
    figures.table(HEAD, [cells(row) for row in rows])
    figures.write("revocation", {"rows": rows})


def measured(state: str, each: int, within: float, environment: Mapping[str, str]) -> dict[str, Any]:
    """One state of Redis: the delays, and what should not have been."""
    from django.conf import settings

    from live import bell
    from live.bus import Bus
    from tests.processes.ending import announce_to, delays, late_events, revoke_all

    with ExitStack() as stack:
        redis = PrivateRedis()
        redis.start()
        stack.callback(redis.stop)
        # The acts are done in this process, a third one on the bus.
        settings.REDIS_URL = redis.url
        bus = Bus()
        bell._listeners, bell._mourners = [bus.publish], [bus.publish_end]
        joined = {**environment, "REDIS_URL": redis.url}
        servers = [stack.enter_context(rig.server("daphne", "product", joined)) for _ in range(2)]
        cases = made_cases(each)
        stack.callback(set_redis(state, redis))
        pause = within / len(cases)
        at = [At(server.url()) for server in servers]
        began = asyncio.run(revoke_all(cases, at, announce_to, pause=lambda: pause))
    times = delays(cases, began)
    return {
        "redis": state,
        **figures.spread(times),
        "max": times[-1] * 1000,
        "not_4401": sum(watched.code != 4401 for watched, _, _ in cases),
        "late": len(late_events(cases, began, settings.LIVE_POLL_SECONDS)),
    }


def set_redis(state: str, redis: PrivateRedis) -> Any:
    """Brings Redis into this state; what is returned lets it end."""
    pid = redis._process.pid if redis._process else 0
    if state == "down":
        redis.kill()
    elif state == "paused":
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)
    return lambda: None


def made_cases(each: int) -> Sequence[Any]:
    """(watched, person, act): so many of each way to end a session, in random order."""
    from accounts.models import Person
    from accounts.sessions import actor_of
    from tests.processes.ending import Watched, endings

    there = hospital.Hospital()
    ward, _ = there.ward(0)
    oskar = Person.objects.create_person(
        f"oskar-{uuid4().hex}@readback.example", None, display_name="Oskar", role="administrator"
    )
    ways = endings(actor_of(_session(oskar)), lambda person: actor_of(_session(person)), ward.pk)
    cases = []
    for act in ways.values():
        for _ in range(each):
            nurse = there.nurse(there.emergency)
            watched = Watched(nurse.id, nurse.actor.session_id, nurse.cookie)
            cases.append((watched, nurse.actor.person, act))
    random.shuffle(cases)
    return cases


def _session(person: Any) -> Any:
    """The person on another device."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    from accounts.sessions import start_session

    request = HttpRequest()
    request.session = SessionStore()
    return start_session(request, person, device="Other device", factor="passkey")


def cells(row: Mapping[str, Any]) -> list[object]:
    """One line of the table."""
    return [row[name] for name in ("redis", "p50", "p99", "max", "n", "not_4401", "late")]


if __name__ == "__main__":
    main()
