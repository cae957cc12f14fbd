"""A page of fifty events of the officer's search, by each filter, over millions of events on the record.

    python bench/officer_page.py [--events 5000000] [--runs 20] [--json FILE]

Beside each stands the floor: fifty rows by the primary key, in SQL. The events are made by the database: two years of a
hospital with 400 staff, 12 units, 5,000 patients, lists, refusals and a rare act. They have no places in the log, which
no search asks for. It makes a database of its own, as bench/ledger_insert.py does, and drops it.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("READBACK_SECRET_KEY", "a key for this measurement only")

import django  # noqa: E402

from bench import own_database  # noqa: E402

own_database.ensure()
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from audit.reading import read  # noqa: E402
from audit.searches import NO_RELATIONSHIP, Search  # noqa: E402
from live.acting import acting_as_system  # noqa: E402

NAME = "readback_bench_officer"
AT_A_TIME = 250_000
MONTHS = """
SELECT ledger_make_month(month::date)
FROM generate_series(timestamp '2024-11-01', timestamp '2024-11-01' + interval '730 days', '1 month') AS month
"""
# Ids by number: person 7 is md5('person7').
EVENTS = """
INSERT INTO ledger_event (id, recorded, event, outcome, reason, agent_id, agent_role, session_id, device, unit_id,
    patient_id, patient_ids, relationship_ids, entity_kind, entity_id, purpose, request_id, detail, process_id,
    process_n)
OVERRIDING SYSTEM VALUE
SELECT n, timestamptz '2024-11-01' + n * (interval '730 days' / %(all)s),
    CASE WHEN n %% 100003 = 0 THEN 'glass.broken' ELSE (ARRAY['patient.read', 'patient.listed', 'handover.opened',
        'handover.read', 'handover.sent', 'patient.read', 'patient.read', 'card.read'])[1 + n %% 8] END,
    CASE WHEN n %% 97 = 0 THEN 'refused' WHEN n %% 5003 = 0 THEN 'failed' ELSE 'success' END, '',
    md5('person' || p)::uuid, 'nurse', md5('session' || p || '/' || n * 730 / %(all)s)::uuid, 'Ward phone ' || n %% 211,
    md5('unit' || p %% 12)::uuid,
    CASE WHEN n %% 8 <> 1 THEN md5('patient' || (n * 7919) %% 5000)::uuid END,
    CASE WHEN n %% 8 = 1 THEN ARRAY[md5('patient' || (n * 31) %% 5000)::uuid, md5('patient' || (n * 37) %% 5000)::uuid,
        md5('patient' || (n * 41) %% 5000)::uuid, md5('patient' || (n * 43) %% 5000)::uuid] END,
    CASE WHEN n %% 1009 <> 0 THEN ARRAY[md5('row' || n)::uuid] END,
    'handover', md5('thing' || n / 10)::uuid, 'TREAT', md5(n::text), '{"version": 2}', md5('process')::uuid, n
FROM (SELECT n, (n * 104729) %% 400 AS p FROM generate_series(%(start)s::bigint, %(end)s::bigint) AS n) AS numbered
"""


def number(kind: str, n: int) -> UUID:
    """The id of the n-th person, unit or patient."""
    from hashlib import md5

    return UUID(md5(f"{kind}{n}".encode(), usedforsecurity=False).hexdigest())


def fill(events: int) -> None:
    """The events, without triggers and indexes while they are written."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS)
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'ledger_event' AND indexname NOT LIKE '%_pkey'"
        )
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute("SELECT string_agg(indexname, ', ') FROM pg_indexes "
                       "WHERE tablename = 'ledger_event' AND indexname NOT LIKE '%_pkey'")  # fmt: skip
        cursor.execute(f"DROP INDEX {cursor.fetchone()[0]}")
        cursor.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER; SET maintenance_work_mem = '256MB'")
        for start in range(1, events + 1, AT_A_TIME):
            cursor.execute(EVENTS, {"all": events, "start": start, "end": min(start + AT_A_TIME - 1, events)})
        for definition in indexes:
            # Of the whole and of each month: as it is read from the catalogue, it is of the whole ONLY.
            cursor.execute(definition.replace(" ON ONLY ", " ON "))
        cursor.execute("VACUUM ANALYZE ledger_event")


def searches() -> dict[str, Search]:
    """Each filter alone, the usual pairs, and what is rare."""
    person, unit, patient = number("person", 7), number("unit", 3), number("patient", 42)
    return {
        "everything": Search(),
        "a patient": Search(patient_ids=(patient,)),
        "a person": Search(person_id=person),
        "a unit": Search(unit_id=unit),
        "an act": Search(act="handover.sent"),
        "a rare act": Search(act="glass.broken"),
        "refused": Search(outcome="refused"),
        "failed": Search(outcome="failed"),
        "no relationship": Search(relationship=NO_RELATIONSHIP),
        "a device": Search(device="phone 17"),
        "a device that is not there": Search(device="no such phone"),
        "a person and a patient": Search(person_id=person, patient_ids=(patient,)),
        "a unit and a rare act": Search(unit_id=unit, act="glass.broken"),
        "a unit, refused": Search(unit_id=unit, outcome="refused"),
        "a person and a rare act": Search(person_id=person, act="glass.broken"),
    }


def floor() -> None:
    """Fifty rows by the primary key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger_event ORDER BY id DESC LIMIT 50")
        cursor.fetchall()


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """The median of so many runs, after one that warms."""
    work()
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return round(median(took) * 1000, 1)


def measured(runs: int) -> dict[str, float | str]:
    """Every search, with the floor before and after."""
    figures: dict[str, float | str] = {"floor before": milliseconds(floor, runs)}
    with acting_as_system("audit.relationships"):
        for name, search in searches().items():
            found = read(search, wanted=50)
            figures[name] = milliseconds(lambda search=search: read(search, wanted=50), runs)  # type: ignore[misc]
            figures[f"{name}: found"] = f"{len(found.events)}{', looked no further' if found.is_early else ''}"
    figures["floor after"] = milliseconds(floor, runs)
    return figures


def main() -> None:
    """Makes the database, measures, prints, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    usual = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {NAME}")
    connection.close()
    connections["default"].settings_dict["NAME"] = connections.settings["default"]["NAME"] = NAME
    call_command("migrate", verbosity=0)
    fill(options.events)
    figures = {"events": options.events, **measured(options.runs), "load": os.getloadavg()[0]}
    connection.close()
    connections["default"].settings_dict["NAME"] = usual
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    for name, value in figures.items():
        print(f"{name:>40} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
