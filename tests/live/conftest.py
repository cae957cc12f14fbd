"""A door of the tests' own: who comes in says so in the cookie, and sessions live until the test ends them."""

from uuid import UUID, uuid4

import pytest

from live import door, drawing, frames
from live.door import Connected
from live.pool import POOL


@pytest.fixture(autouse=True)
def pool():
    """The pool's threads and their connections do not outlive the test."""
    yield POOL
    POOL.close()


class Doorkeeper:
    """Lets anybody in who names a person and a session, while that session has not ended."""

    def __init__(self):
        self.ended = set()
        self.refusals = []
        self.checks = 0

    def authenticate(self, scope):
        cookie = dict(scope["headers"]).get(b"cookie", b"").decode()
        if not cookie:
            return None
        person_id, session_id, device = cookie.split("/")
        connected = Connected(UUID(person_id), UUID(session_id), device)
        return None if connected.session_id in self.ended else connected

    def live(self, session_ids):
        self.checks += 1
        return set(session_ids) - self.ended

    def record(self, refusal, connected):
        self.refusals.append((refusal, connected))


@pytest.fixture
def doorkeeper(monkeypatch):
    keeper = Doorkeeper()
    monkeypatch.setattr(door, "_authenticator", keeper.authenticate)
    monkeypatch.setattr(door, "_session_check", keeper.live)
    monkeypatch.setattr(door, "_usher", door.if_live)
    monkeypatch.setattr(door, "_refusal_recorder", keeper.record)
    monkeypatch.setattr(frames, "_gate", lambda connected, act: None)
    return keeper


@pytest.fixture
def drawers(monkeypatch):
    """The registered drawers, to be added to for one test."""
    monkeypatch.setattr(drawing, "_drawers", {})
    return drawing._drawers


@pytest.fixture
def handlers(monkeypatch):
    """The registered acts, to be added to for one test."""
    monkeypatch.setattr(frames, "_handlers", {})
    return frames._handlers


@pytest.fixture
def lee_on_phone():
    from tests.live.people import LEE

    return Connected(LEE, uuid4(), "Ward phone 3")


@pytest.fixture
def amara_on_phone():
    from tests.live.people import AMARA

    return Connected(AMARA, uuid4(), "ED phone 1")
