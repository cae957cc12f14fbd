"""The one way out to the provider: to its own hosts only, without redirects, and for little and short answers.

What the provider's documents name is fetched by this server from inside the hospital, so a document must not be able to
send it elsewhere. Source: ASVS 5.0 V1.3.6.
"""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 10.0
MOST_BYTES = 1024 * 1024
JSON_TYPES = ("application/json", "application/jwk-set+json")


class Fenced(httpx2.TransportError):
    """An answer that is not taken, or an address that is not asked."""


def origin(url: str) -> str:
    """Scheme, host and port of an address, in one form: "https://idp.example:443"."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


class Fence(httpx2.BaseTransport):
    """A transport that asks `origins` only. The answer is read whole, and is never longer than MOST_BYTES."""

    def __init__(self, origins: frozenset[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._origins = origins
        self._clock = clock
        self._inner = httpx2.HTTPTransport(retries=0, trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, already read. Raises Fenced for everything that is not a short JSON answer of an own host."""
        if origin(str(request.url)) not in self._origins:
            raise Fenced("not a host of the provider", request=request)
        # A compressed answer could unfold to more than is read here.
        request.headers["Accept-Encoding"] = "identity"
        response = self._inner.handle_request(request)
        try:
            _require_plain_json(response, request)
            body = self._read(response, request)
        finally:
            response.close()
        return httpx2.Response(response.status_code, headers=response.headers, content=body, request=request)

    def close(self) -> None:
        self._inner.close()

    def _read(self, response: httpx2.Response, request: httpx2.Request) -> bytes:
        ends, body = self._clock() + WHOLE_SECONDS, bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Fenced("too long", request=request)
            if self._clock() > ends:
                raise Fenced("too slow", request=request)
        return bytes(body)


def _require_plain_json(response: httpx2.Response, request: httpx2.Request) -> None:
    if response.has_redirect_location:
        raise Fenced("a redirect", request=request)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Fenced("an encoded answer", request=request)
    if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() not in JSON_TYPES:
        raise Fenced("no JSON", request=request)
