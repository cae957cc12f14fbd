"""What an event costs beside its floor: `ledger.record` against a bare insert of the same row, 1, 8 and 32 writers.

All commit one row per transaction, durably, on the same database, in turns within one run. `bare` has the columns and a
primary key and nothing else; `indexed` has the log's indexes too; `ledger` is the product's own function and table.

    python bench/ledger_insert.py [--seconds 3] [--json FILE]

It makes a database of its own beside the one of DATABASE_URL, or on a private PostgreSQL, and drops it.
"""

import argparse
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("READBACK_SECRET_KEY", "a key for this measurement only")

import django  # noqa: E402

from bench import own_database  # noqa: E402

own_database.ensure()
django.setup()

from django.db import connection, connections  # noqa: E402

from ledger.agents import Agent, Entity  # noqa: E402
from ledger.services import INSERT, record  # noqa: E402

Insert = Callable[[], None]
NAME = "readback_bench_ledger"
WRITERS = (1, 8, 32)
AGENT = Agent(uuid4(), "nurse", session_id=uuid4(), device="Ward phone", unit_id=uuid4(), request_id="r")
BARE = """
    CREATE TABLE bare (LIKE ledger_event INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (id));
    CREATE TABLE indexed (LIKE ledger_event INCLUDING ALL);
"""


def values() -> list[object]:
    """The parameters of a typical event."""
    agent = [AGENT.person_id, AGENT.role, AGENT.session_id, AGENT.device, AGENT.unit_id]
    entity = ["handover", uuid4(), "ab" * 32]
    return [
        "handover.read",
        "success",
        "",
        *agent,
        uuid4(),
        None,
        [uuid4()],
        *entity,
        "TREAT",
        "r",
        '{"version": 2}',
        str(AGENT.person_id),
        1,
    ]


def insert_into(table: str) -> Insert:
    """The bare insert of a typical event into this table."""
    sql = INSERT.replace("ledger_event", table)

    def insert() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, values())

    return insert


def through_ledger() -> None:
    """The same event, as an act puts it on the record."""
    record(
        "handover.read",
        agent=AGENT,
        patient_id=uuid4(),
        entity=Entity("handover", uuid4(), "ab" * 32),
        relationship_id=uuid4(),
        detail={"version": 2},
    )


WAYS = {"bare": insert_into("bare"), "indexed": insert_into("indexed"), "ledger": through_ledger}


def measured(insert: Insert, writers: int, seconds: float) -> dict[str, float]:
    """Rows a second by all writers together; the median, 95th and 99th percentile of one, in microseconds."""
    start, stop = threading.Barrier(writers + 1), threading.Event()

    def write() -> list[float]:
        connection.ensure_connection()
        insert()
        start.wait()
        took = []
        while not stop.is_set():
            begin = time.perf_counter()
            insert()
            took.append(time.perf_counter() - begin)
        connection.close()
        return took

    with ThreadPoolExecutor(writers) as pool:
        running = [pool.submit(write) for _ in range(writers)]
        start.wait()
        began = time.perf_counter()
        time.sleep(seconds)
        stop.set()
        every = sorted(one for each in running for one in each.result())
        elapsed = time.perf_counter() - began
    return {
        "per_second": round(len(every) / elapsed),
        "p50_us": round(median(every) * 1e6),
        "p95_us": round(every[int(len(every) * 0.95)] * 1e6),
        "p99_us": round(every[int(len(every) * 0.99)] * 1e6),
    }


def require_durability() -> None:
    """Stops on a database that acknowledges before it is on disk: every figure here would be of something else."""
    for setting in ("fsync", "synchronous_commit"):
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {setting}")
            if cursor.fetchone() != ("on",):
                sys.exit(f"{setting} is off on this database: these figures are about durable commits.")


def own_database() -> None:
    """From here on the connection is to a new database with the log's table and the two beside it."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
        cursor.execute(f"CREATE DATABASE {NAME}")
    connection.close()
    connections["default"].settings_dict["NAME"] = NAME
    connections.settings["default"]["NAME"] = NAME
    from django.core.management import call_command

    call_command("migrate", "ledger", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(BARE)


def main() -> None:
    """Runs the rounds, prints the table, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    maintenance = connection.settings_dict["NAME"]
    require_durability()
    own_database()
    rounds: dict[int, dict[str, list[dict[str, float]]]] = {n: {way: [] for way in WAYS} for n in WRITERS}
    for _ in range(options.rounds):
        for writers in WRITERS:
            for way, insert in WAYS.items():
                rounds[writers][way].append(measured(insert, writers, options.seconds))
    connection.close()
    connections["default"].settings_dict["NAME"] = maintenance
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    report(rounds, options.json)


def report(rounds: dict[int, dict[str, list[dict[str, float]]]], path: Path | None) -> None:
    """The middle round of each way, beside the bare insert of as many writers."""
    rows = []
    for writers, ways in rounds.items():
        middle = {way: sorted(runs, key=lambda run: run["per_second"])[len(runs) // 2] for way, runs in ways.items()}
        for way, run in middle.items():
            ratio = round(run["per_second"] / middle["bare"]["per_second"], 2)
            rows.append({"writers": writers, "way": way, **run, "of_bare": ratio})
    print(f"{'writers':>7}  {'way':<8}{'rows/s':>8}{'p50 us':>8}{'p95 us':>8}{'p99 us':>8}{'of bare':>9}")
    for row in rows:
        figures = "".join(f"{row[name]:>8}" for name in ("per_second", "p50_us", "p95_us", "p99_us"))
        print(f"{row['writers']:>7}  {row['way']:<8}{figures}{row['of_bare']:>9}")
    if path:
        machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "machine": platform.machine()}
        path.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
