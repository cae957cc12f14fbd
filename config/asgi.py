"""The ASGI application: pages in the fixed pool of threads, sockets straight to the hub.

Channels' router splits the two protocols; nothing of Channels stands in the way of a frame after that.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from channels.routing import ProtocolTypeRouter  # noqa: E402 - the apps must be ready first

# Every address by its name, now: or the first frame that names one loads all views and forms inside its transaction.
import config.urls  # noqa: E402, F401
from live.pages import PooledHandler  # noqa: E402
from live.socket import socket_application  # noqa: E402
from live.watching import begin  # noqa: E402

_served = ProtocolTypeRouter({"http": PooledHandler(), "websocket": socket_application})


async def application(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    """Pages and sockets; whichever server runs it, the process looks for due timers from its first call on."""
    begin()
    await _served(scope, receive, send)
