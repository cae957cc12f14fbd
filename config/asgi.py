"""The ASGI application: pages in the fixed pool of threads, sockets straight to the hub.

Channels' router splits the two protocols; nothing of Channels stands in the way of a frame after that.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from channels.routing import ProtocolTypeRouter  # noqa: E402 - the apps must be ready first

from live.pages import PooledHandler  # noqa: E402
from live.socket import socket_application  # noqa: E402

application = ProtocolTypeRouter({"http": PooledHandler(), "websocket": socket_application})
