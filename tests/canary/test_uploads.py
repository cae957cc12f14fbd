"""What is being uploaded lies in no file of the server's, not even in one that no directory names."""

import os
import socket
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.canary.canaries import found_in, new_word
from tests.canary.places import deleted_files, files

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 20


def test_a_body_that_is_being_received_is_in_no_file(rig, tmp_path):
    (server,) = rig.start(1, extra={"TMPDIR": str(tmp_path)})
    value = new_word()
    body = f'{{"name":"{value}"'.encode() + b" " * 400_000
    head = f"POST /import/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body) + 1}\r\n\r\n".encode()
    with closing(socket.create_connection(("127.0.0.1", server.port))) as client:
        client.sendall(head + body)
        until_it_is_taken(client, server.port)
        assert found_in(deleted_files(server.pid), [value]) == {}
        assert found_in(files(tmp_path), [value]) == {}


def test_a_file_without_a_name_would_be_found():
    value = new_word()
    with tempfile.TemporaryFile() as kept:
        kept.write(value.encode())
        kept.flush()
        assert set(found_in(deleted_files(os.getpid()), [value])) == {value}


def until_it_is_taken(client: socket.socket, port: int) -> None:
    """Returns when the server has read everything that was sent on this connection (Linux)."""
    own = client.getsockname()[1]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting_bytes(port, own) != 0:
        assert time.monotonic() < deadline, "the server does not read"
        time.sleep(0.02)


def waiting_bytes(port: int, other_port: int) -> int:
    """How many bytes the kernel holds for whoever listens at `port`, of the connection from `other_port`."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues = line.split()[:5]
        if int(local.rpartition(":")[2], 16) == port and int(remote.rpartition(":")[2], 16) == other_port:
            return int(queues.partition(":")[2], 16)
    return -1
