"""An answer of many parts on the guarded Daphne, and how many of them it has given away: run as a process by the tests.

`python -m tests.live.streaming PORT`: /parts/ answers PARTS parts of PART_BYTES; /progress/ says how many were given.
"""

import sys

PARTS, PART_BYTES = 1_000, 64 * 1024
given = 0


async def application(scope, receive, send):
    """ASGI."""
    global given
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    if scope["path"] == "/parts/":
        for _ in range(PARTS):
            await send({"type": "http.response.body", "body": b"x" * PART_BYTES, "more_body": True})
            given += 1
    body = b"" if scope["path"] == "/parts/" else str(given).encode()
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    # The watches of a serving process want the whole product: none is begun here.
    from live import watching
    from live.daphne_guard import GuardedServer

    watching.begin = lambda: None
    endpoint = f"tcp:{sys.argv[1]}:interface=127.0.0.1"
    ready = lambda: (sys.stdout.write("ready\n"), sys.stdout.flush())  # noqa: E731
    GuardedServer(application, endpoints=[endpoint], verbosity=0, ready_callable=ready).run()
