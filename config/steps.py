"""Tells the person at the terminal what was done, step by step, each with its seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(words: str) -> Iterator[None]:
    """One line when the step is done. A step that fails prints none: its error says what happened."""
    started = time.monotonic()
    yield
    say(f"{time.monotonic() - started:8.1f} s  {words}")


def say(line: str) -> None:
    """One line, at once, even into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
