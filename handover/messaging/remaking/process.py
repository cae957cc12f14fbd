"""Starts the process that makes a file anew, feeds it part by part, and gives what it made part by part.

This process never holds the whole: what came is in the child, which needs it whole and is bounded (child.py), and what
it made comes back in parts of 64 KiB.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from handover.messaging.remaking.faults import Unfit

CHUNK_BYTES = 64 * 1024
# By the clock, on a machine that does much else; of the processor's time child.py allows less.
LONGEST_SECONDS = 120.0
# Whoever waits for a turn holds a thread of the server: not for long.
TURN_SECONDS = 10.0
# Each may take a gigabyte for a moment.
AT_ONCE = 2
_HOUSE = Path(__file__).resolve().parent.parent.parent.parent
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Remade:
    """What there is to know of the new file, its size, and its parts, to be taken once and in their order."""

    facts: Mapping[str, int | str]
    size: int
    parts: Iterator[bytes]


@contextmanager
def remade(kind: str, parts: Iterable[bytes]) -> Iterator[Remade]:
    """The file made anew, while the block runs. Raises Unfit, also for what took too long or ended the child."""
    if not _turns.acquire(timeout=TURN_SECONDS):
        raise Unfit("busy")
    try:
        with _child(kind) as child:
            yield _asked(child, kind, parts)
    finally:
        _turns.release()


@contextmanager
def _child(kind: str) -> Iterator["subprocess.Popen[bytes]"]:
    # -E -s -B: nothing of this process's environment, no packages of a user, no file written.
    command = [sys.executable, "-E", "-s", "-B", "-m", "handover.messaging.remaking.child", kind]
    pipe = subprocess.PIPE
    child = subprocess.Popen(  # noqa: S603 -- our own program, by its own path
        command, cwd=_HOUSE, env={}, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
    )
    watch = threading.Timer(LONGEST_SECONDS, child.kill)
    watch.start()
    try:
        yield child
    finally:
        watch.cancel()
        child.kill()
        child.wait()
        for end in (child.stdin, child.stdout):
            if end is not None:
                with suppress(OSError):
                    end.close()


def _asked(child: "subprocess.Popen[bytes]", kind: str, parts: Iterable[bytes]) -> Remade:
    if child.stdin is None or child.stdout is None:
        raise Unfit(f"{kind}_broken")
    # A child that has ended reads no more; why, its answer or its silence tells.
    with suppress(BrokenPipeError):
        for part in parts:
            child.stdin.write(part)
        child.stdin.close()
    line = child.stdout.readline(4096)
    if not line:
        raise Unfit(f"{kind}_too_much")
    told = json.loads(line)
    if "code" in told:
        raise Unfit(str(told["code"]))
    return Remade(facts=told["facts"], size=told["size"], parts=_read(child, told["size"], kind))


def _read(child: "subprocess.Popen[bytes]", size: int, kind: str) -> Iterator[bytes]:
    while size > 0:
        part = child.stdout.read(min(CHUNK_BYTES, size)) if child.stdout else b""
        if not part:
            raise Unfit(f"{kind}_broken")
        size -= len(part)
        yield part
