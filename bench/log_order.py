"""What the signed log costs and how fast it is checked: events a second into it, and the verification of all of it.

    python bench/log_order.py [--events 1000000] [--json FILE]

The events are put on the record in bulk first (that is not measured: bench/ledger_insert.py does). Then one sequencer
gives all of them their places, in the batches of the product; then the whole log is verified, by another process, whose
peak memory is taken. It makes a database of its own, as bench/ledger_insert.py does, and drops it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("READBACK_SECRET_KEY", "a key for this measurement only")

import django  # noqa: E402

from bench import own_database  # noqa: E402

NAME = "readback_bench_log"
EVENTS = """
INSERT INTO ledger_event (event, outcome, agent_id, agent_role, session_id, device, unit_id, patient_id,
    relationship_ids, entity_kind, entity_id, entity_version, purpose, request_id, detail, process_id, process_n)
SELECT 'handover.read', 'success', gen_random_uuid(), 'nurse', gen_random_uuid(), 'Ward phone', gen_random_uuid(),
    gen_random_uuid(), ARRAY[gen_random_uuid()], 'handover', gen_random_uuid(), repeat('ab', 32), 'TREAT', 'r',
    '{"version": 2}', '8d2b5e0c-5b0e-4c5e-9a53-6d1f1a3f9d10', n
FROM generate_series(%s, %s) AS n
"""


def fill_and_order(events: int) -> dict[str, float]:
    """Puts the events there, and gives them their places. Seconds, and events a second."""
    from django.db import connection

    from ledger import sequencer

    with connection.cursor() as cursor:
        for start in range(0, events, 50_000):
            cursor.execute(EVENTS, [start + 1, min(start + 50_000, events)])
        cursor.execute("VACUUM ANALYZE")
    began = time.perf_counter()
    done = sequencer.sequence()
    took = time.perf_counter() - began
    return {"ordered": done, "order_seconds": round(took, 1), "ordered_per_second": round(done / took)}


def verified() -> dict[str, float]:
    """`manage.py ledger verify` of all of it: seconds by the clock and of its processor, and its peak memory in MiB."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "manage.py", "ledger", "verify"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    took = time.perf_counter() - began
    print(done.stdout.strip())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = after.ru_maxrss / 1024
    return {"verify_seconds": round(took, 1), "verify_cpu_seconds": round(cpu, 1), "verify_peak_mib": round(peak)}


def main() -> None:
    """Measures, prints, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    own_database.ensure()
    with tempfile.TemporaryDirectory() as directory:
        os.environ["READBACK_LOG_KEY_FILE"] = f"{directory}/log.json"
        # One role for all of it: who may do what costs nothing.
        os.environ["READBACK_SEQUENCER_URL"] = os.environ["DATABASE_URL"]
        django.setup()
        from django.core.management import call_command
        from django.db import connection, connections

        usual = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
            cursor.execute(f"CREATE DATABASE {NAME}")
        connection.close()
        connections["default"].settings_dict["NAME"] = connections.settings["default"]["NAME"] = NAME
        os.environ["DATABASE_URL"] = os.environ["DATABASE_URL"].replace(f"/{usual}", f"/{NAME}", 1)
        call_command("migrate", "ledger", verbosity=0)
        call_command("ledger", "init")
        figures = {"events": options.events, **fill_and_order(options.events), **verified()}
        connection.close()
        connections["default"].settings_dict["NAME"] = usual
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    for name, value in figures.items():
        print(f"{name:>20} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
