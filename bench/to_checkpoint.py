"""How long after its commit an event is under a signed checkpoint, while events arrive at a steady pace.

    python bench/to_checkpoint.py [--seconds 20] [--pace 50] [--writers 4] [--json FILE]

The sequencer works as in a server: a round a second, each after the one before. Both times are the database's own: when
the event was written, an instant before its commit, and when the first checkpoint over its place was. It makes a
database of its own, as bench/ledger_insert.py does, and drops it.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("READBACK_SECRET_KEY", "a key for this measurement only")

import django  # noqa: E402

from bench import own_database  # noqa: E402

own_database.ensure()
os.environ["READBACK_SEQUENCER_URL"] = os.environ["DATABASE_URL"]
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from bench.ledger_insert import through_ledger  # noqa: E402
from ledger import sequencer  # noqa: E402

NAME = "readback_bench_checkpoint"
# The first second, in which connections are made, is left out.
WAITED = """
SELECT count(*), percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY signed.made - event.recorded)
FROM ledger_event AS event JOIN ledger_leaf AS leaf ON leaf.event_id = event.id AND leaf.recorded = event.recorded,
    LATERAL (SELECT made FROM ledger_checkpoint WHERE size > leaf.place ORDER BY size LIMIT 1) AS signed
WHERE event.event = 'handover.read'
AND event.recorded > (SELECT min(recorded) + interval '1 second' FROM ledger_event WHERE event = 'handover.read')
"""


def write(until: float, seconds_apart: float) -> None:
    """Events, one in so many seconds; late ones are not made up for."""
    while time.monotonic() < until:
        through_ledger()
        time.sleep(seconds_apart)
    connection.close()


def sequence(stop: threading.Event) -> None:
    """The rounds of a server."""
    while not stop.wait(sequencer.ROUND_SECONDS):
        sequencer.run_round()
    connection.close()


def measured(seconds: float, pace: float, writers: int) -> dict[str, float]:
    """Milliseconds to the checkpoint: median, 99th percentile, longest."""
    stop = threading.Event()
    with ThreadPoolExecutor(writers + 1) as pool:
        ordering = pool.submit(sequence, stop)
        until = time.monotonic() + seconds
        for one in [pool.submit(write, until, writers / pace) for _ in range(writers)]:
            one.result()
        time.sleep(2 * sequencer.ROUND_SECONDS)
        stop.set()
        ordering.result()
    sequencer.sequence()
    with connection.cursor() as cursor:
        cursor.execute(WAITED)
        several, waited = cursor.fetchone()
    names = ("p50_ms", "p99_ms", "longest_ms")
    return {
        "events": several,
        **{name: round(one.total_seconds() * 1000) for name, one in zip(names, waited, strict=True)},
    }


def main() -> None:
    """Measures, prints, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pace", type=float, default=50)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    usual = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as directory, connection.cursor() as cursor:
        django.conf.settings.LOG_KEY_FILE = Path(directory) / "log.json"
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {NAME}")
        connection.close()
        connections["default"].settings_dict["NAME"] = connections.settings["default"]["NAME"] = NAME
        call_command("migrate", "ledger", verbosity=0)
        call_command("ledger", "init")
        figures = {"pace": options.pace, **measured(options.seconds, options.pace, options.writers)}
    connection.close()
    connections["default"].settings_dict["NAME"] = usual
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    figures["load"] = os.getloadavg()[0]
    for name, value in figures.items():
        print(f"{name:>12} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
