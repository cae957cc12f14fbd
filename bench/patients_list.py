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
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import own_database  # noqa: E402

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
    from django.db import connection
    from django.utils import timezone

    from accounts.actors import Actor
    from accounts.models import Membership, Person, Unit
    from config.demonstration.hospital import make_house
    from config.demonstration.patients import make_patients
    from config.demonstration.seeds import Scale
    from config.roles import SERVER_ROLE
    from handover.patients import selectors
    from handover.patients.models import Encounter
    from live.acting import acting_as_system, acting_for
    from vault import keys

    began = time.perf_counter()
    scale, now = Scale(patients=patients), timezone.now()
    system = ExitStack()
    system.enter_context(acting_as_system("bench"))
    make_patients(make_house(scale, now=now), scale, now=now)
    made = time.perf_counter() - began
    system.close()
    nurse = Person.objects.get(email="lee@readback.example")
    Membership.objects.filter(person=nurse).delete()
    Membership.objects.bulk_create(Membership(person=nurse, unit=unit) for unit in Unit.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # From here on as the server works.
        cursor.execute(f"SET ROLE {SERVER_ROLE}")
    actor = Actor(person=nurse)

    def rows(acting: AbstractContextManager[None] | None = None) -> None:
        with acting or acting_for(nurse.pk):
            list_them()

    def list_them() -> None:
        assert len(selectors.patient_rows(actor, unit=None, at=timezone.now())) == patients

    def cold() -> None:
        keys.RING.forget_all()
        rows()

    def behind_one_wall() -> None:
        rows(acting_as_system("bench"))

    def floor() -> None:
        with acting_as_system("bench"):
            fetch()

    def fetch() -> None:
        assert len(list(Encounter.objects.select_related("patient", "unit"))) == patients

    return {
        "patients": patients,
        "hospital made, s": round(made, 1),
        **timed("floor: rows fetched, nothing else", floor, rounds),
        **timed("list, warm", rows, rounds),
        **timed("list, warm, no row-level security", behind_one_wall, rounds),
        **timed("list, cold keys", cold, rounds),
    }


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
