"""A server process of a measurement: `python -m bench.served daphne|uvicorn product|floor PORT`.

The product is config.asgi as it is, with one act more: `bench.slow` holds a thread and its connection for 50 ms, as a
slow query would.
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
    """The product's application, and its slow act."""
    from config.asgi import application
    from live.frames import register_frame

    register_frame("bench.slow", _slow)
    return application


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
