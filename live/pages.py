"""Django's pages under ASGI: the whole synchronous request runs in one thread of the pool, with its kept connection.

Django's own handler gives each request a thread of its own, and so a new database connection.
What is lost by doing without it: cancelling a view when its reader has gone. An act runs to its end. An answer that is
streamed is made part by part, each in a thread of the pool, and a part is made when the one before it was given away.
"""

import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from live import limits
from live.pool import in_pool, trust_connections

Scope = Mapping[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyTooLarge(Exception):
    """More was sent than this path takes."""


class PooledHandler(ASGIHandler):
    """Answers HTTP requests, at most `limits.REQUESTS_WAITING` of them at a time."""

    def __init__(self) -> None:
        # Not ASGIHandler's: the middleware is loaded for synchronous use.
        self.load_middleware(is_async=False)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Reads the body, answers in the pool, sends the answer."""
        if self._waiting >= limits.REQUESTS_WAITING:
            await _send_all(_refused(scope, 503, "busy", "Readback is very busy. Try again in a moment."), send)
            return
        self._waiting += 1
        try:
            answer = await self._answer_to(scope, receive)
            await (answer.send(send) if isinstance(answer, Streamed) else _send_all(answer, send))
        except RequestAborted:
            return
        finally:
            self._waiting -= 1

    async def _answer_to(self, scope: Scope, receive: Receive) -> "list[Message] | Streamed":
        try:
            body = await read_body(scope, receive)
        except BodyTooLarge:
            return _refused(scope, 413, "too_large", "That is too large to be taken. Send a smaller file.")
        return await in_pool(self._respond, scope, body)

    def _respond(self, scope: Scope, body: IO[bytes]) -> "list[Message] | Streamed":
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        trust_connections()
        with body:
            request, failure = self.create_request(scope, body)
            # One of the two is None: a request, or the answer to one that could not be read.
            response: Any = failure if request is None else self.get_response(request)
            # Django's response sends request_finished in this name when it is closed.
            response._handler_class = self.__class__
            if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
                return Streamed(response)
            try:
                return messages_of(response)
            finally:
                response.close()


class Streamed:
    """An answer that is made part by part: one at a time is held in memory."""

    def __init__(self, response: StreamingHttpResponse) -> None:
        self._response, self._parts = response, iter(response)

    async def send(self, send: Send) -> None:
        """Sends it whole. What breaks on the way breaks the connection: half an answer must not look like a whole."""
        try:
            await send(_start_of(self._response))
            while (part := await in_pool(next, self._parts, None)) is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await in_pool(self._response.close)


async def read_body(scope: Scope, receive: Receive) -> IO[bytes]:
    """The request's body as a file at its beginning. Raises BodyTooLarge; RequestAborted when the sender has gone."""
    limit = limits.body_bytes(str(scope["path"]))
    body = tempfile.SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b")  # noqa: SIM115
    taken = 0
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            chunk = message.get("body", b"")
            taken += len(chunk)
            if taken > limit:
                raise BodyTooLarge
            body.write(chunk)
            if not message.get("more_body", False):
                body.seek(0)
                return body
    except BaseException:
        body.close()
        raise


def messages_of(response: HttpResponseBase) -> list[Message]:
    """The response as ASGI messages, its content read to the end: files and iterators are read here, in the pool."""
    if isinstance(response, FileResponse):
        response.block_size = 2**16
    content = b"".join(response) if isinstance(response, StreamingHttpResponse) else _content(response)
    return [_start_of(response), {"type": "http.response.body", "body": content}]


def _start_of(response: HttpResponseBase) -> Message:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers += [
        (b"Set-Cookie", morsel.output(header="").strip().encode("ascii")) for morsel in response.cookies.values()
    ]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


def _content(response: HttpResponseBase) -> bytes:
    return response.content if isinstance(response, HttpResponse) else b""


def _refused(scope: Scope, status: int, code: str, words: str) -> list[Message]:
    """A no that is said before Django is asked, in JSON where that is spoken, as config/errors.py has it."""
    is_json = str(scope["path"]).startswith("/api/") or any(
        name == b"accept" and b"application/json" in value for name, value in scope["headers"]
    )
    body = json.dumps({"ok": False, "code": code, "message": words}).encode() if is_json else words.encode()
    kind = b"application/json" if is_json else b"text/plain; charset=utf-8"
    headers = [(b"Content-Type", kind), (b"Content-Length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"Retry-After", b"2"))
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]


async def _send_all(messages: list[Message], send: Send) -> None:
    for message in messages:
        await send(message)
