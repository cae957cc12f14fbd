"""The process that makes a file anew: python -m handover.messaging.remaking.child KIND, the file in, the new one out.

Started for one file, without the house's environment, without Django and without a way to anything but its two pipes.
Before it reads the first byte it gives up what it does not need: memory, time, files, other processes.
"""

import json
import resource
import sys
from importlib import import_module

from handover.messaging.remaking.faults import Unfit

MOST_MEMORY = 1_000_000_000
MOST_SECONDS = 20


def confine() -> None:
    """From here on: so much memory and time, no file written, none left behind by a crash, no process beside it."""
    for limit, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (most, most))


def main(kind: str) -> int:
    """Writes one line of facts, then the file; or one line with the code of what is wrong with it."""
    confine()
    # Not before: what these packages do when they are loaded is done within the bounds too.
    remade = import_module(f"handover.messaging.remaking.{kind}").remade
    made = b""
    try:
        made, facts = remade(sys.stdin.buffer.read())
        told = {"facts": facts, "size": len(made)}
    except Unfit as unfit:
        told = {"code": unfit.code}
    except MemoryError:
        told = {"code": f"{kind}_too_much"}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
