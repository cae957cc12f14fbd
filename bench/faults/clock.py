"""A program whose clock jumps while it runs: `python -m bench.faults.clock OFFSET_FILE manage.py worker`.

Python's wall clocks (time, datetime) of that one process say what the file says they are ahead, or behind; the
monotonic one, by which it sleeps and waits, stays right, as on a machine whose time is set. libfaketime was tried
first: Python 3.11 waits on the monotonic clock at absolute times, and hangs or fails under it.
"""

import runpy
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

_LOOK_SECONDS = 0.5


def command(offset: Path, program: str, *arguments: str) -> list[str]:
    """How a program is started so that its clock follows the file."""
    shift(offset, 0)
    return [sys.executable, "-m", "bench.faults.clock", str(offset), program, *arguments]


def shift(offset: Path, seconds: int) -> None:
    """From now on the clock is so many seconds ahead, or behind; seen half a second later at most."""
    part = offset.with_suffix(".part")
    part.write_text(str(seconds))
    part.replace(offset)


def _follow(offset: Path) -> None:
    import time_machine

    # What the wall clock is set by, and the machine's own time at that moment.
    began, right = time.monotonic(), time.time()
    seconds, travel = 0, None
    while True:
        time.sleep(_LOOK_SECONDS)
        wanted = int(offset.read_text())
        if wanted == seconds:
            continue
        seconds = wanted
        if travel is not None:
            travel.stop()
        moment = datetime.fromtimestamp(right + time.monotonic() - began + seconds, tz=UTC)
        travel = time_machine.travel(moment, tick=True)
        travel.start()
        print(f"the clock is {seconds} s off", flush=True)


def main() -> None:
    """Becomes the program."""
    offset, *program = sys.argv[1:]
    threading.Thread(target=_follow, args=(Path(offset),), daemon=True).start()
    sys.argv = program
    runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    main()
