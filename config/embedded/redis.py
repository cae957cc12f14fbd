"""A private Redis or Valkey on a Unix socket, for the tests alone: one process needs no bus, a hospital has its own."""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from config.embedded.binaries import redis_program
from config.embedded.errors import EmbeddedError

START_SECONDS = 20
STOP_SECONDS = 5


@dataclass
class PrivateRedis:
    """Keeps nothing on disk. Its directory is closed to others, and gone when it has stopped."""

    only_wheel: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _directory: Path | None = None

    @property
    def url(self) -> str:
        """What REDIS_URL says for it."""
        if self._directory is None:
            raise EmbeddedError("The private Redis is not running.")
        return f"unix://{self._directory / 'redis.sock'}"

    def start(self) -> None:
        """Starts it and waits until it answers; after stop() again at a new address."""
        program = redis_program(only_wheel=self.only_wheel)
        self._directory = Path(tempfile.mkdtemp(prefix="readback-redis-"))
        self.restart(program)

    def restart(self, program: Path | None = None) -> None:
        """Starts it at the address it had, empty, as after a failure in the middle of a run."""
        address = self._directory
        if address is None:
            raise EmbeddedError("The private Redis was never started.")
        chosen = program or redis_program(only_wheel=self.only_wheel)
        settings = {"port": "0", "unixsocket": str(address / "redis.sock"), "unixsocketperm": "700", "save": ""}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        with (address / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(chosen), *options, "--appendonly", "no", "--dir", str(address)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_it_answers()

    def kill(self) -> None:
        """Ends it at once, as a failure would; its address stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stops it and removes its directory."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError as exc:
                    if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                        raise EmbeddedError("The private Redis did not start.") from exc
                time.sleep(0.01)
