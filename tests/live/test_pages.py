"""A page's whole request runs in one thread of the pool, within bounds."""

import asyncio
import threading

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path

from live import limits
from live.pages import PooledHandler

pytestmark = pytest.mark.django_db(transaction=True)


def where(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    response = HttpResponse(f"{threading.current_thread().name} {backend} {request.method} {len(request.read())}")
    response.set_cookie("seen", "1")
    return response


def stream(request):
    return StreamingHttpResponse(iter([b"one ", b"two ", b"three"]))


def in_parts(request):
    def parts():
        yield b"one "
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'two'")
            yield cursor.fetchone()[0].encode()

    return StreamingHttpResponse(parts())


def broken_midway(request):
    def parts():
        yield b"one "
        raise RuntimeError("midway")

    return StreamingHttpResponse(parts())


def file(request):
    return FileResponse(open(__file__, "rb"))  # noqa: SIM115 - the response closes it


def broken(request):
    raise RuntimeError("FENWICKLE")


urlpatterns = [
    path("where/", where),
    path("stream/", stream),
    path("in-parts/", in_parts),
    path("broken-midway/", broken_midway),
    path("file/", file),
    path("broken/", broken),
    path("import/", where),
]


@pytest.fixture
def handler(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    settings.CSRF_USE_SESSIONS = False
    settings.ALLOWED_HOSTS = ["localhost"]
    return PooledHandler()


class Answer:
    def __init__(self, messages):
        self.status = messages[0]["status"]
        self.headers = [(name.decode().lower(), value.decode()) for name, value in messages[0]["headers"]]
        self.parts = [message.get("body", b"") for message in messages[1:]]
        self.body = b"".join(self.parts)
        self.is_whole = not messages[-1].get("more_body", False)


async def ask(handler, url, *, method="GET", body=(b"",), headers=()):
    messages = []
    chunks = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in body]
    chunks[-1]["more_body"] = False
    queue = iter(chunks)

    async def receive():
        return next(queue, {"type": "http.disconnect"})

    async def send(message):
        messages.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": url,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
    }
    await handler(scope, receive, send)
    return Answer(messages) if messages else None


def test_a_request_runs_in_a_thread_of_the_pool_with_its_kept_connection(handler, settings):
    settings.LIVE_POOL_THREADS = 1

    async def test():
        first, second = (
            await ask(handler, "/where/"),
            await ask(handler, "/where/", method="POST", body=(b"abc", b"de")),
        )
        assert first.status == second.status == 200
        assert first.body.split()[:2] == second.body.split()[:2]
        assert first.body.startswith(b"pool_0 ")
        assert second.body.endswith(b"POST 5")
        assert ("set-cookie", "seen=1; Path=/") in first.headers

    asyncio.run(test())


def test_the_signals_of_a_request_are_sent_in_its_thread(handler):
    heard = []

    def hear(sender, signal, **kwargs):
        heard.append((signal is request_started, threading.current_thread().name))

    request_started.connect(hear)
    request_finished.connect(hear)
    try:
        asyncio.run(ask(handler, "/where/"))
    finally:
        request_started.disconnect(hear)
        request_finished.disconnect(hear)
    assert [started for started, _ in heard] == [True, False]
    assert {name.rpartition("_")[0] for _, name in heard} == {"pool"}


def test_files_and_streams_are_read_to_their_end(handler):
    async def test():
        assert (await ask(handler, "/stream/")).body == b"one two three"
        with open(__file__, "rb") as own:
            assert (await ask(handler, "/file/")).body == own.read()

    asyncio.run(test())


def test_a_stream_is_made_part_by_part_as_it_is_given_away(handler):
    async def test():
        answer = await ask(handler, "/in-parts/")
        assert (answer.parts, answer.is_whole) == ([b"one ", b"two", b""], True)

    asyncio.run(test())


def test_a_stream_that_breaks_midway_does_not_look_whole(handler):
    # A reader must not take half an export for all of it: the connection breaks, the answer does not end.
    async def test():
        with pytest.raises(RuntimeError, match="midway"):
            await ask(handler, "/broken-midway/")

    asyncio.run(test())


def test_a_failing_view_is_answered_without_its_words(handler, caplog):
    answer = asyncio.run(ask(handler, "/broken/"))
    assert answer.status == 500
    assert b"FENWICKLE" not in answer.body


def test_it_takes_no_more_than_a_form_and_more_only_where_files_go(handler):
    piece = b"x" * (limits.BODY_BYTES // 2)

    async def test():
        assert (await ask(handler, "/where/", method="POST", body=(piece, piece))).status == 200
        assert (await ask(handler, "/where/", method="POST", body=(piece, piece, b"x"))).status == 413

    asyncio.run(test())


def test_a_file_may_be_larger_but_not_endless(handler, monkeypatch):
    monkeypatch.setattr(limits, "LARGE_BODY_BYTES", 5 * 1024 * 1024)
    piece = b"x" * (1024 * 1024)

    async def test():
        taken = await ask(handler, "/import/", method="POST", body=(piece,) * 5)
        assert taken.body.endswith(b"POST 5242880")
        assert (await ask(handler, "/import/", method="POST", body=(piece,) * 6)).status == 413

    asyncio.run(test())


def test_a_sender_that_goes_away_before_its_body_is_whole_gets_nothing_done(handler):
    async def test():
        async def receive():
            return {"type": "http.disconnect"}

        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/where/", "query_string": b"", "headers": []}
        await handler(scope, receive, send)
        assert sent == []

    asyncio.run(test())


def test_the_next_request_after_too_many_is_told_to_come_back(handler, monkeypatch):
    monkeypatch.setattr(limits, "REQUESTS_WAITING", 0)
    answer = asyncio.run(ask(handler, "/where/"))
    assert answer.status == 503
    assert ("retry-after", "2") in answer.headers
