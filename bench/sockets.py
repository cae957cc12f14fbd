"""Memory of an idle signed-in socket, and connections a second, beside a bare ASGI socket on the same server.

    python bench/sockets.py [--counts 1000,5000] [--servers daphne,uvicorn]

A socket of the product is authenticated by its cookie, has said hello, was welcomed, replayed and follows. No person
has more than five of them, as in the product. Memory is the growth of the process (RSS) per socket; the client runs on
the same machine, so connections a second are those of both together.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from websockets.asyncio.client import ClientConnection, connect

from bench import figures, hospital, rig
from live.limits import SOCKETS_PER_PERSON

AT_ONCE = 32
WARM = 50
HEAD = ["server", "sockets", "bare KiB", "product KiB", "x bare", "bare connects/s", "product connects/s"]


def main() -> None:
    """Runs every combination, prints the table, writes var/bench/sockets.json."""
    options = _options()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < 2 * max(options.counts):
        raise SystemExit(f"only {hard} files may be open (ulimit -n); {2 * max(options.counts)} are needed")
    rows = []
    with rig.hospital_environment() as environment:
        hospital.set_up()
        cookies = sign_in(-(-(max(options.counts) + WARM) // SOCKETS_PER_PERSON))
        for server in options.servers:
            for count in options.counts:
                rows.append(measure(server, count, cookies, environment))
                figures.table(HEAD, [cells(rows[-1])])
    print("\nmemory of an idle socket (growth of the server process), and connections a second")
    figures.table(HEAD, [cells(row) for row in rows])
    figures.write("sockets", {"rows": rows})


def sign_in(people: int) -> list[str]:
    """The cookies of so many people: rows as a sign-in writes them, but in bulk."""
    from datetime import timedelta

    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from accounts.models import DeviceSession, Person
    from accounts.sessions import key_digest

    now = timezone.now()
    persons = Person.objects.bulk_create(
        Person(email=f"idle-{uuid4().hex}@readback.example", display_name="Idle", role="nurse", password="!")
        for _ in range(people)
    )
    keys = [uuid4().hex for _ in persons]
    data = SessionStore().encode({})
    Session.objects.bulk_create(
        Session(session_key=key, session_data=data, expire_date=now + timedelta(hours=12)) for key in keys
    )
    DeviceSession.objects.bulk_create(
        DeviceSession(
            person=person,
            key_digest=key_digest(key),
            device="Bench phone",
            factor="passkey",
            opened_by="passkey",
            verified=now,
        )
        for person, key in zip(persons, keys, strict=True)
    )
    return [f"{settings.SESSION_COOKIE_NAME}={key}" for key in keys]


def measure(server: str, count: int, cookies: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """One combination: the bare server, then the product."""
    row: dict[str, Any] = {"server": server, "sockets": count}
    for what in ("floor", "product"):
        with rig.server(server, what, environment) as process:
            row[what] = asyncio.run(open_all(process, count, cookies))
    row["ratio"] = row["product"]["kib"] / row["floor"]["kib"]
    return row


async def open_all(server: rig.Server, count: int, cookies: Sequence[str]) -> dict[str, float]:
    """Opens so many sockets and keeps them: KiB of each, and how many a second."""
    is_product = server.what == "product"
    gate = asyncio.Semaphore(AT_ONCE)
    clients: list[ClientConnection] = []

    async def open_one(index: int) -> None:
        async with gate:
            path = "/live/" if is_product else f"/room-{index}"
            client = await connect(
                server.url(path),
                origin=rig.ORIGIN,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookies[index // SOCKETS_PER_PERSON]},
                compression=None,
                ping_interval=None,
                open_timeout=60,
            )
            clients.append(client)
            if is_product:
                await client.send(json.dumps({"t": "hello", "after": None}))
                await asyncio.wait_for(client.recv(), 60)

    # The first ones load what every process loads once.
    await asyncio.gather(*(open_one(index) for index in range(WARM)))
    before, began = server.resident_bytes(), time.perf_counter()
    await asyncio.gather(*(open_one(WARM + index) for index in range(count)))
    took = time.perf_counter() - began
    # What is on its way to settle: the last replays, and the garbage of the handshakes.
    await asyncio.sleep(2)
    grown = server.resident_bytes() - before
    for client in clients:
        client.transport.abort()
    return {"kib": grown / 1024 / count, "per_second": count / took}


def cells(row: dict[str, Any]) -> list[object]:
    """One line of the table."""
    memory = [row["floor"]["kib"], row["product"]["kib"], row["ratio"]]
    return [row["server"], row["sockets"], *memory, row["floor"]["per_second"], row["product"]["per_second"]]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=lambda text: [int(part) for part in text.split(",")], default=[1000, 5000])
    parser.add_argument("--servers", type=lambda text: text.split(","), default=["daphne", "uvicorn"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
