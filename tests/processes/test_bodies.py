"""What somebody sends to a server that takes nothing of it: it is answered, and neither kept nor written down."""

import http.client
from contextlib import closing

import pytest

from live import limits
from live.daphne_bodies import Body, TooManyBodies

GROWTH_BYTES = 32 * 1024 * 1024
PIECE = b"x" * 1024 * 1024


def test_a_body_of_96_megabytes_to_a_form_is_refused_and_not_kept(server):
    assert server.status("/sign-in/") == 200
    before = server.resident_bytes
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as client:
        client.request("POST", "/sign-in/", body=(PIECE for _ in range(96)), encode_chunked=True)
        assert client.getresponse().status == 413
    assert server.resident_bytes - before < GROWTH_BYTES
    assert server.status("/healthz") == 200


@pytest.fixture
def _nothing_held(monkeypatch):
    monkeypatch.setattr(Body, "held_bytes", 0)


@pytest.mark.usefixtures("_nothing_held")
def test_one_byte_more_than_is_allowed_is_kept_so_that_the_application_refuses():
    with Body(10) as body:
        body.take(b"12345678")
        body.take(b"9012345")
        assert body.getvalue() == b"12345678901"


@pytest.mark.usefixtures("_nothing_held")
def test_all_bodies_together_have_a_bound_and_give_back_what_they_took(monkeypatch):
    monkeypatch.setattr(limits, "BODIES_BYTES", 100)
    first, second = Body(1000), Body(1000)
    first.take(b"x" * 80)
    with pytest.raises(TooManyBodies):
        second.take(b"x" * 30)
    first.close()
    first.close()
    second.take(b"x" * 30)
    assert Body.held_bytes == 30
    second.close()
    assert Body.held_bytes == 0
