"""An answer of many parts waits for a reader who is slow, instead of lying in the server's memory."""

import http.client
import os
import socket
import subprocess
import sys

import pytest

from tests.live.streaming import PART_BYTES, PARTS

LOOKS = 5


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.live.streaming", str(port)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "ready\n"
        yield port
        process.kill()


def progress(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/progress/")
    with connection.getresponse() as answer:
        return int(answer.read())


def test_what_a_slow_reader_has_not_taken_is_not_made(port):
    # As shipped, all 64 MB are in Twisted's buffer before the first answer to anybody else.
    slow = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    slow.request("GET", "/parts/")
    with slow.getresponse() as answer:
        seen = [progress(port) for _ in range(LOOKS)]
        assert max(seen) < PARTS // 2, seen
        assert len(answer.read()) == PARTS * PART_BYTES
    assert progress(port) == PARTS
