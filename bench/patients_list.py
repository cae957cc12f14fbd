"""The list of patients: server time of 400 rows, beside its floor (the same rows fetched and nothing else).

    python bench/patients_list.py [--patients 400] [--rounds 30] [--json FILE]

It makes the demonstration hospital in a database of its own (beside the one of DATABASE_URL, else on a private
PostgreSQL), which it drops, lets one nurse belong to every unit, and
times selectors.patient_rows: access, unsealing, sorting and the log's events, all on. "cold" has every data key to
fetch and unwrap, as a process that has just started; "warm" has them at hand.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import own_database  # noqa: E402

if TYPE_CHECKING:
    from accounts.models import Person

# The product's own settings, with a key file that lives as long as the run.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["READBACK_VAR"] = tempfile.mkdtemp(prefix="readback-bench-")
os.environ.setdefault("READBACK_SECRET_KEY", "a key for one run, " + "x" * 40)


def main() -> None:
    """Prints a table and, if asked, writes the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    own_database.ensure()

    import django

    django.setup()
    from django.db import connection

    from vault.provision import make_key_file

    name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = "bench_patients_list"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        make_key_file()
        figures = measure(patients=options.patients, rounds=options.rounds)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    for label, value in figures.items():
        print(f"{label:<46} {value:>10}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def measure(*, patients: int, rounds: int) -> dict[str, float]:
    """The figures in milliseconds."""
    from django.utils import timezone

    from accounts.actors import Actor
    from handover.patients import selectors
    from handover.patients.models import Encounter
    from live.acting import acting_as_system, acting_for
    from vault import keys

    nurse, made_seconds = make_hospital(patients)
    actor = Actor(person=nurse)

    def list_them() -> None:
        assert len(selectors.patient_rows(actor, unit=None, at=timezone.now())) == patients

    def warm() -> None:
        with acting_for(nurse.pk):
            list_them()

    def cold() -> None:
        keys.RING.forget_all()
        warm()

    def behind_one_wall() -> None:
        with acting_as_system("bench"):
            list_them()

    def floor() -> None:
        with acting_as_system("bench"):
            assert len(list(Encounter.objects.select_related("patient", "unit"))) == patients

    return {
        "patients": patients,
        "hospital made, s": made_seconds,
        **timed("floor: rows fetched, nothing else", floor, rounds),
        **timed("list, warm", warm, rounds),
        **timed("list, warm, no row-level security", behind_one_wall, rounds),
        **timed("list, cold keys", cold, rounds),
    }


def make_hospital(patients: int) -> "tuple[Person, float]":
    """A nurse who works in every unit of a hospital with so many patients, and the seconds that making it took.

    From then on the connection works as the server does.
    """
    from django.db import connection
    from django.utils import timezone

    from accounts.models import Membership, Person, Unit
    from config.demonstration.hospital import make_house
    from config.demonstration.patients import make_patients
    from config.demonstration.seeds import Scale
    from config.roles import SERVER_ROLE
    from live.acting import acting_as_system

    began = time.perf_counter()
    scale, now = Scale(patients=patients), timezone.now()
    with acting_as_system("bench"):
        make_patients(make_house(scale, now=now), scale, now=now)
    made_seconds = round(time.perf_counter() - began, 1)
    nurse = Person.objects.get(email="lee@readback.example")
    Membership.objects.filter(person=nurse).delete()
    Membership.objects.bulk_create(Membership(person=nurse, unit=unit) for unit in Unit.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"SET ROLE {SERVER_ROLE}")
    return nurse, made_seconds


def timed(label: str, act, rounds: int) -> dict[str, float]:  # noqa: ANN001
    """Median and worst of so many rounds, in milliseconds; the first is thrown away."""
    act()
    taken = []
    for _round in range(rounds):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return {f"{label}, p50 ms": round(statistics.median(taken), 1), f"{label}, max ms": round(max(taken), 1)}


if __name__ == "__main__":
    main()
