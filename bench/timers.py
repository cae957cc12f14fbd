"""How late timers fire, by the database's own clock: while they come steadily, in a burst, and when a worker dies.

    python bench/timers.py [--seconds 30] [--pace 20] [--burst 500] [--json FILE]

Two workers as a hospital would run them, with one kind of timer more: it announces to one person, and how late it fired
is the time of that row less the time it was due. Then one of two workers is killed (-9) in the middle of a claim, three
times; who waits longest there has waited until that was seen. At last one timer meets two deaths: whoever has it is
killed while its handler runs, and so is the next. It makes a database of its own.
"""

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.rig import hospital_environment  # noqa: E402

KIND, SLOW, HELD, PERSON = "bench.rang", "bench.slow", "bench.held", UUID(int=7)
# The claims of the timer that is held until whoever has it is killed.
DEATHS = 2
LATENESS = """
SELECT count(*), count(DISTINCT subject_id), min(late), percentile_disc(0.5) WITHIN GROUP (ORDER BY late),
    percentile_disc(0.99) WITHIN GROUP (ORDER BY late), max(late)
FROM (
    SELECT subject_id, extract(epoch FROM recorded - due)::float AS late
    FROM bench_due JOIN live_inboxitem USING (subject_id)
) AS fired
"""
DUE = """
WITH kept AS (
    INSERT INTO bench_due SELECT gen_random_uuid(), clock_timestamp() + make_interval(secs => %s + %s * n)
    FROM generate_series(0, %s - 1) AS n RETURNING subject_id, due
)
INSERT INTO live_timer (kind, subject_id, due) SELECT %s, subject_id, due FROM kept
"""


def work() -> None:
    """One worker, until it is ended."""
    import django

    django.setup()
    from django.db import connection

    from config.working import work_until_stopped
    from live.inbox import Announcement, Subject
    from live.timers import register_timer

    def rang(subject_id: UUID) -> list[Announcement]:
        return [Announcement(KIND, [PERSON], Subject("bench", subject_id))]

    def slow(subject_id: UUID) -> list[Announcement]:
        # Long enough for a kill to meet it in the middle.
        time.sleep(0.2)
        return rang(subject_id)

    def held(subject_id: UUID) -> list[Announcement]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT fence FROM live_timer WHERE subject_id = %s", [subject_id])
            (claims,) = cursor.fetchone()
        if claims <= DEATHS:
            print("held", flush=True)
            time.sleep(60)
        return rang(subject_id)

    register_timer(HELD, held)
    register_timer(KIND, rang)
    register_timer(SLOW, slow)
    work_until_stopped(when_ready=lambda: print("ready", flush=True))


def started() -> "subprocess.Popen[str]":
    """A worker that is ready."""
    command = [sys.executable, str(Path(__file__)), "--work"]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


@contextmanager
def workers(several: int) -> Iterator[list["subprocess.Popen[str]"]]:
    """So many, while the block runs."""
    running = [started() for _ in range(several)]
    try:
        yield running
    finally:
        for worker in running:
            worker.kill()
            worker.communicate()


def set_due(count: int, *, apart: float, kind: str = KIND, first: float = 1.0) -> None:
    """So many timers, the first in `first` seconds and each so much after the one before."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bench_due; DELETE FROM live_inboxitem")
        cursor.execute(DUE, [first, apart, count, kind])


def lateness(count: int) -> dict[str, float]:
    """Milliseconds, once all have fired. Raises SystemExit where one fired twice or early."""
    from django.db import connection

    until = time.monotonic() + 300
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(LATENESS)
            fired, distinct, earliest, *late = cursor.fetchone()
        if fired >= count:
            break
        time.sleep(0.5)
    if (fired, distinct) != (count, count) or earliest < 0:
        raise SystemExit(f"{fired} effects of {distinct} in {count} timers; the earliest {earliest} s after its time")
    return {name: round(value * 1000) for name, value in zip(("p50_ms", "p99_ms", "longest_ms"), late, strict=True)}


def with_deaths(several: int) -> dict[str, float]:
    """Two workers at slow timers; one of them is killed and another begins, further apart than a lease is long."""
    with workers(2) as running:
        set_due(several, apart=0.25, kind=SLOW)
        for turn in range(3):
            time.sleep(3 if turn == 0 else 16)
            running[turn % 2].kill()
            running[turn % 2].communicate()
            running[turn % 2] = started()
        return lateness(several)


def two_deaths_in_a_row() -> dict[str, float]:
    """Three workers at one timer: whoever has it is killed as soon as they say so, and the next one, too."""
    with workers(DEATHS + 1) as running:
        set_due(1, apart=0, kind=HELD)
        for _death in range(DEATHS):
            said, _w, _x = select.select([worker.stdout for worker in running if worker.stdout], [], [], 60)
            (holder,) = (worker for worker in running if worker.stdout in said)
            holder.kill()
            holder.communicate()
            running.remove(holder)
        return lateness(1)


def measured(options: argparse.Namespace) -> dict[str, object]:
    """Each part's figures."""
    steady = int(options.seconds * options.pace)
    with workers(2):
        set_due(steady, apart=1 / options.pace)
        figures: dict[str, object] = {f"steady_{options.pace:.0f}_a_second": lateness(steady)}
        set_due(options.burst, apart=0)
        figures[f"burst_of_{options.burst}"] = lateness(options.burst)
    with workers(1):
        set_due(steady, apart=1 / options.pace)
        figures["one_worker"] = lateness(steady)
    figures["three_deaths"] = with_deaths(160)
    figures["two_deaths_in_a_row"] = two_deaths_in_a_row()
    return figures


def main() -> None:
    """Measures, prints, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pace", type=float, default=20)
    parser.add_argument("--burst", type=int, default=500)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work()
        return
    with hospital_environment(), tempfile.TemporaryDirectory() as directory:
        os.environ["READBACK_KEY_FILE"] = str(Path(directory) / "kek.json")
        os.environ["READBACK_LOG_KEY_FILE"] = str(Path(directory) / "log.json")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from config.roles import as_owner

        call_command("migrate", verbosity=0)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_due (subject_id uuid PRIMARY KEY, due timestamptz NOT NULL)")
            cursor.execute("GRANT ALL ON bench_due, live_inboxitem TO readback_app")
        figures = {**measured(options), "load": os.getloadavg()[0]}
        connection.close()
    for name, value in figures.items():
        print(f"{name:>22} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
