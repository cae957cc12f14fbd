"""A server process of a measurement: `python -m bench.served daphne|uvicorn product|floor PORT`.

The product is config.asgi as it is, with two acts more: `bench.note` is the least an act can be (a key, an event on the
record, an announcement), and `bench.slow` holds a thread and its connection for 50 ms, as a slow query would.
"""

import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main(server: str, what: str, port: str) -> None:
    """Serves until it is killed."""
    if server == "daphne":
        # Before anything of Twisted.
        from live.daphne_guard import GuardedServer

        application = product() if what == "product" else floor()
        GuardedServer(application, endpoints=[f"tcp:{port}:interface=127.0.0.1"], verbosity=0).run()
        return
    import uvicorn

    uvicorn.run(
        product() if what == "product" else floor(),
        host="127.0.0.1",
        port=int(port),
        ws="websockets-sansio",
        ws_max_size=128 * 1024,
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
        access_log=False,
    )


def product() -> Any:
    """The product's application, and the acts of the measurement."""
    from config.asgi import application  # isort: skip -- Django starts by it
    from accounts import policy
    from live.drawing import register_drawer
    from live.frames import register_frame

    # An act without a row is nobody's.
    policy.FRAMES = {**policy.FRAMES, **dict.fromkeys(("bench.slow", "bench.note"), policy.Row(policy.EVERYBODY))}
    register_frame("bench.slow", _slow)
    register_frame("bench.note", _note)
    register_drawer("bench.note", lambda items: {item.pk: {"handover": str(item.subject_id)} for item in items})
    return application


def _note(connected: Any, frame: dict[str, Any]) -> dict[str, object]:
    from uuid import UUID

    from django.db import transaction

    from accounts.sockets import actor_for
    from ledger.services import record
    from live.inbox import Announcement, Subject, announce
    from live.keys import claim

    key = UUID(frame["key"])
    with transaction.atomic():
        if claim(key, person_id=connected.person_id, act="bench.note", leads_to=key).earlier is None:
            record("bench.note", agent=actor_for(connected).agent)
            recipients = [UUID(person) for person in frame["to"]]
            announce(Announcement("bench.note", recipients, Subject("note", key), connected.person_id, climbs=True))
    return {}


def floor() -> Any:
    """The bare room."""
    from bench.floor import application

    return application


def _slow(connected: Any, frame: dict[str, object]) -> dict[str, object]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")
    return {}


if __name__ == "__main__":
    main(*sys.argv[1:4])
