"""live.js in a real browser, against a server that the test plays: it resumes, follows, acknowledges, and leaves."""

import json
from pathlib import Path

import pytest

from tests.browser import find_chromium

pytestmark = pytest.mark.journey
SCRIPT = Path(__file__).resolve().parent.parent.parent / "live" / "static" / "live" / "live.js"
ORIGIN = "http://readback.test"
PERSON = "0f5b6bc4-0000-4000-8000-000000000001"
PAGE = f"""<!doctype html><title>Ward</title><body data-person="{PERSON}"><p id="content">FENWICKLE</p>
<script type="module" src="/page.js"></script></body>"""
PAGE_SCRIPT = """
import { connect, Refused, NotLive } from "/live.js";
window.events = []; window.states = []; window.alarms = window.alarms ?? [];
document.addEventListener("readback:event", (event) => window.events.push(event.detail.n));
document.addEventListener("readback:state", (event) => window.states.push(event.detail.state));
document.addEventListener("readback:alarm", (event) => window.alarms.push(event.detail.kind));
window.Refused = Refused; window.NotLive = NotLive;
window.live = connect();
"""


class Server:
    """Plays the server: keeps each connection and what was said on it."""

    def __init__(self, page):
        self.page = page
        self.sockets, self.said = [], []
        page.route_web_socket("**/live/", self._opened)

    def _opened(self, socket):
        self.sockets.append(socket)
        own = []
        self.said.append(own)
        socket.on_message(lambda text: own.append(json.loads(text)))

    def frames(self, kind, *, socket=-1):
        return [frame for frame in self.said[socket] if frame["t"] == kind]

    def say(self, **frame):
        self.sockets[-1].send(json.dumps(frame))

    def event(self, number):
        subject = {"kind": "thing", "id": "x"}
        self.say(t="event", n=number, event="thing.done", at="2026-11-24T04:00:00+00:00", subject=subject, view=None)

    def until(self, condition):
        """Lets the page and the server's side go on until this is true."""
        for _ in range(1_000):
            if condition():
                return
            self.page.wait_for_timeout(10)
        raise AssertionError("it did not come to that")

    def welcome(self, *, after, head=None):
        """Waits for the hello of the newest connection, and answers it."""
        self.until(lambda: self.said and self.frames("hello"))
        self.say(t="welcome", head=after if head is None else head, after=after, person=PERSON)
        self.page.wait_for_function("window.live.state() === 'live'")
        return self.frames("hello")[-1]["after"]


@pytest.fixture(scope="module")
def browser():
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium was found")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser):
    context = browser.new_context()
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    answers = {
        "/": ("text/html", PAGE),
        "/sign-in/": ("text/html", "<!doctype html><title>Sign in</title>"),
        "/page.js": ("text/javascript", PAGE_SCRIPT),
        "/live.js": ("text/javascript", SCRIPT.read_text()),
    }

    def answer(route):
        kind, body = answers[route.request.url.removeprefix(ORIGIN)]
        route.fulfill(body=body, content_type=kind)

    page.route(f"{ORIGIN}/**", answer)
    yield page
    context.close()
    assert page.errors == []


@pytest.fixture
def server(page):
    server = Server(page)
    page.goto(ORIGIN)
    page.wait_for_function("window.live !== undefined")
    return server


def test_a_new_tab_says_no_number_and_keeps_the_one_it_is_given(server, page):
    assert server.welcome(after=7) is None
    server.event(8)
    page.wait_for_function("window.events.length === 1")
    assert page.evaluate("({...sessionStorage})") == {f"readback:last:{PERSON}": "8"}
    assert page.evaluate("({...localStorage})") == {}


def test_the_next_page_of_the_tab_resumes_from_the_last_number(server, page):
    server.welcome(after=3)
    server.event(4)
    page.wait_for_function("window.events.length === 1")
    page.reload()
    server.until(lambda: len(server.sockets) == 2)
    assert server.welcome(after=4) == 4


def test_it_acknowledges_what_it_has_stored_and_gathers_a_burst_into_few_frames(server, page):
    server.welcome(after=0)
    for number in range(1, 101):
        server.event(number)
    server.until(lambda: server.frames("ack") and server.frames("ack")[-1]["n"] == 100)
    assert len(server.frames("ack")) < 20
    assert page.evaluate("window.events") == list(range(1, 101))


def test_it_takes_a_row_once_and_asks_again_when_it_finds_a_gap(server, page):
    server.welcome(after=0)
    server.event(1)
    server.event(1)
    server.event(4)
    server.until(lambda: len(server.frames("hello")) == 2)
    assert server.frames("hello")[-1]["after"] == 1
    server.say(t="welcome", head=4, after=1, person=PERSON)
    for number in (2, 3, 4):
        server.event(number)
    page.wait_for_function("window.events.length === 4")
    assert page.evaluate("window.events") == [1, 2, 3, 4]


def test_a_beat_with_a_higher_head_makes_it_ask_for_what_it_lacks(server, page):
    server.welcome(after=2)
    server.say(t="pong", head=5)
    server.until(lambda: len(server.frames("hello")) == 2)
    assert server.frames("hello")[-1]["after"] == 2


def test_it_comes_back_after_a_loss_from_where_it_was(server, page):
    server.welcome(after=2)
    server.event(3)
    page.wait_for_function("window.events.length === 1")
    server.sockets[-1].close(code=1012)
    server.until(lambda: len(server.sockets) == 2)
    assert server.welcome(after=3) == 3
    assert page.evaluate("window.states") == ["connecting", "live", "offline", "connecting", "live"]


def test_a_server_behind_it_makes_it_reload_and_raise_the_alarm(server, page):
    server.welcome(after=50)
    server.say(t="ahead", head=9)
    server.until(lambda: len(server.sockets) == 2)
    assert server.welcome(after=9) == 9
    assert page.evaluate("window.alarms") == ["ahead"]


def test_an_ended_session_empties_the_screen_and_goes_to_the_sign_in(server, page):
    server.welcome(after=1)
    server.sockets[-1].close(code=4401)
    page.wait_for_url(f"{ORIGIN}/sign-in/")
    assert "FENWICKLE" not in page.content()
    assert page.evaluate("({...sessionStorage})") == {}
    assert len(server.sockets) == 1


def test_one_socket_too_many_waits_until_somebody_looks_at_the_page(server, page):
    server.welcome(after=1)
    server.sockets[-1].close(code=4409)
    page.wait_for_function("window.live.state() === 'offline'")
    page.wait_for_timeout(1_500)
    assert len(server.sockets) == 1
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    server.until(lambda: len(server.sockets) == 2)


def test_an_act_gets_its_answer_or_its_refusal_or_is_left_to_http(server, page):
    server.welcome(after=0)
    page.evaluate("void (window.done = live.act('thing.do', {key: 'k1', to: 'x'}).then((frame) => frame.note))")
    server.until(lambda: server.frames("act"))
    assert server.frames("act")[-1] == {"t": "act", "act": "thing.do", "key": "k1", "to": "x"}
    server.say(t="result", key="k1", ok=True, note="n1")
    assert page.evaluate("window.done") == "n1"
    page.evaluate(
        "void (window.done = live.act('thing.do', {key: 'k2'})"
        ".catch((error) => [error instanceof Refused, error.status, error.message]))"
    )
    server.until(lambda: len(server.frames("act")) == 2)
    server.say(t="refused", key="k2", status=409, code="conflict", message="Reload.")
    assert page.evaluate("window.done") == [True, 409, "Reload."]
    page.evaluate("void (window.done = live.act('thing.do', {key: 'k3'}).catch((error) => error instanceof NotLive))")
    server.until(lambda: len(server.frames("act")) == 3)
    server.say(t="refused", key="k3", status=503, code="database_away", message="Wait a little.")
    assert page.evaluate("window.done") is True
    page.evaluate("void (window.done = live.act('thing.do', {key: 'k4'}).catch((error) => error instanceof NotLive))")
    server.until(lambda: len(server.frames("act")) == 4)
    server.sockets[-1].close(code=1012)
    assert page.evaluate("window.done") is True


def test_a_page_that_is_left_hangs_up(server, page):
    server.welcome(after=0)
    closed = []
    server.sockets[-1].on_close(lambda *_: closed.append(True))
    page.goto(f"{ORIGIN}/sign-in/")
    server.until(lambda: closed)
