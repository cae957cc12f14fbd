"""A push service on this machine, and browsers that subscribe there: a real HTTP server, and a decryption not ours.

Each message is checked as a push service would: its token is verified by joserfc for this very service, its encoding
and its lifetime are looked at. What it holds is opened by http_ece with the browser's own key.
"""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_bytes, token_urlsafe
from uuid import UUID, uuid4

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from handover.reach.push import services
from handover.reach.push.services import Asked
from vault.webpush import _point_of, parse, text

CONTACT = "mailto:desk@ward.example"


class PushService(ThreadingHTTPServer):
    """`taken` are (path, headers, body) in their order; `statuses` what it answers next, 201 when there are none."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken, self.statuses, self.location = [], [], ""

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 201
        self.server.taken.append((self.path, dict(self.headers), body))
        self.send_response(status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *ignored):
        pass


@contextmanager
def push_service():
    """The service, listening while the block runs."""
    service = PushService()
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


class Browser:
    """A browser that has subscribed at the service."""

    def __init__(self, service):
        self.service, self.key, self.secret = service, ec.generate_private_key(ec.SECP256R1()), token_bytes(16)
        self.path = f"/wpush/v2/{token_urlsafe(40)}"

    @property
    def asked(self):
        point = text(_point_of(self.key))
        return Asked(endpoint=self.service.origin + self.path, point=point, secret=text(self.secret))

    @property
    def form(self):
        """What the page posts when its person said yes."""
        asked = self.asked
        return {"key": uuid4(), "endpoint": asked.endpoint, "point": asked.point, "secret": asked.secret}

    def messages(self, sender=None):
        """What came for this browser, opened; each checked as the service would."""
        return [self._opened(headers, body) for path, headers, body in self.service.taken if path == self.path]

    def _opened(self, headers, body):
        require_vapid(headers["Authorization"], audience=self.service.origin)
        assert (headers["Content-Encoding"], headers["Urgency"]) == ("aes128gcm", "high")
        assert int(headers["TTL"]) > 0
        opened = http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        return json.loads(opened)

    def answer(self):
        """Says of each message that it was shown, as the service worker does."""
        for message in self.messages():
            services.shown(UUID(message["id"]))


def require_vapid(header, *, audience):
    """The token is signed by the key beside it, for this service, for a time that it accepts; by joserfc alone."""
    scheme, _, rest = header.partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    point = parse(parts["k"])
    x, y = text(point[1:33]), text(point[33:])
    claims = jwt.decode(parts["t"], ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y}), ["ES256"]).claims
    assert (scheme, claims["aud"], claims["sub"]) == ("vapid", audience, CONTACT)
    assert 0 < claims["exp"] - time.time() <= 24 * 3600
    return parts["k"]
