"""Daphne in this process, with the application that config.asgi makes: pages, sockets and the hub on one event loop."""

from collections.abc import Callable

# Before anything of Twisted: it imports daphne.server, which installs the reactor that runs on asyncio.
from live.daphne_guard import GuardedServer  # isort: skip
from django.core.management.base import CommandError
from django.db import connections

from config.addresses import endpoint, interfaces
from handover.reach.outbox import OUTBOX
from ledger import marks
from live.pool import close_all


def serve_until_stopped(*, host: str, port: int, when_ready: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises CommandError when the port was taken meanwhile."""
    from config.asgi import application

    server = GuardedServer(
        application,
        endpoints=[endpoint(interface, port) for interface in interfaces(host)],
        signal_handlers=True,
        ping_interval=20,
        ping_timeout=30,
        application_close_timeout=5,
        server_name="readback",
        verbosity=0,
        ready_callable=when_ready,
    )
    server.run()
    OUTBOX.finish()
    # An act that was under way runs to its end before the database may go.
    close_all()
    # This thread's own connection was last used at the start.
    connections.close_all()
    marks.end()
    if not server.listening_addresses:
        raise CommandError(f"Something else already listens on {host} port {port}.")
