"""Two real servers start, answer and end: the ground that the other tests of processes stand on."""

import pytest

from tests.processes.rig import ServerProcess

pytestmark = pytest.mark.processes


def test_it_starts_two_healthy_servers_with_a_redis_between_them(two_servers: list[ServerProcess]) -> None:
    assert [server.status("/healthz") for server in two_servers] == [200, 200]


def test_it_ends_in_order_within_three_seconds(server: ServerProcess) -> None:
    process = server.process
    assert process is not None
    process.terminate()
    assert process.wait(3) == 0
    assert server.status("/healthz") == 0


def test_it_comes_back_at_its_address_after_a_kill(server: ServerProcess) -> None:
    server.kill()
    assert server.status("/healthz") == 0
    server.start()
    server.wait_until_healthy()
