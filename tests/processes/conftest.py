"""Server processes and a private Redis for the tests of this folder. Every test here is marked `processes`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.errors import EmbeddedError
from config.embedded.redis import PrivateRedis
from tests.processes.rig import Rig, ServerProcess

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.processes)


@pytest.fixture
def private_redis() -> Iterator[PrivateRedis]:
    """A real Redis or Valkey of one test, which may kill() and restart() it."""
    server = PrivateRedis(only_wheel=os.environ.get("READBACK_TEST_WHEELS") == "1")
    try:
        server.start()
    except EmbeddedError as exc:
        pytest.skip(str(exc))
    yield server
    server.stop()


@pytest.fixture
def rig(transactional_db: None) -> Iterator[Rig]:
    """Starts servers: rig.start(2, redis_url=private_redis.url). They are gone after the test."""
    made = Rig()
    yield made
    made.stop()
    shutil.rmtree(made.directory, ignore_errors=True)


@pytest.fixture
def server(rig: Rig) -> ServerProcess:
    """One server without a bus."""
    return rig.start(1)[0]


@pytest.fixture
def two_servers(rig: Rig, private_redis: PrivateRedis) -> list[ServerProcess]:
    """Two servers with a real Redis between them."""
    return rig.start(2, redis_url=private_redis.url)
