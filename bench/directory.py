"""How long the one search box of the directory takes with 20,000 people, 1,000 roles and 600 things that units take.

Each kind of search is timed by itself, from the words to whom one reaches now: a role by its name and misspelt, what is
taken as a question, a person by name and misspelt, a profession in a unit. Beside it how often who was meant is there.

    python bench/directory.py [--people 20000] [--searches 200] [--json FILE]

It makes a database of its own beside the one of DATABASE_URL, or on a private PostgreSQL, and drops it.
"""

import argparse
import json
import os
import random
import sys
from collections import defaultdict
from datetime import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("READBACK_SECRET_KEY", "a key for this measurement only")

import django  # noqa: E402

from bench import own_database  # noqa: E402

own_database.ensure()
django.setup()

from django.utils import timezone  # noqa: E402

from accounts.models import Duty, Person, Unit  # noqa: E402
from bench import finding_people as people_bench  # noqa: E402
from handover.directory.models import Capability  # noqa: E402
from handover.directory.selectors import found  # noqa: E402
from handover.duty.models import PractitionerRole, Rotation, RotationPlace  # noqa: E402

FIELDS = ("Cardiology", "Stroke", "Anaesthesia", "Paediatrics", "Surgery", "Neurology", "Nephrology", "Haematology")
TAKEN = ("Stroke", "Ventilated patients", "Children", "Dialysis", "Burns", "Head injury")
ROLES_OF_A_UNIT, TAKEN_BY_A_UNIT, IN_A_ROTATION = 5, 3, 6


def duties(everybody: list[Person]) -> list[PractitionerRole]:
    """Each unit has five roles that six of its people hold in turn, and takes three things; a quarter is on duty."""
    units, now, choose = list(Unit.objects.order_by("name")), timezone.now(), random.Random(3)
    roles = [
        PractitionerRole(unit=unit, name=f"{choose.choice(FIELDS)} on call {number}")
        for unit in units
        for number in range(ROLES_OF_A_UNIT)
    ]
    PractitionerRole.objects.bulk_create(roles)
    hours = {"begins": time(7), "ends": time(7), "turn_days": 1, "zone": "Europe/London", "made": now}
    rotations = [Rotation(role=role, first_day=now.date(), made_by=everybody[0], **hours) for role in roles]
    Rotation.objects.bulk_create(rotations)
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, position=place, person=choose.choice(everybody))
        for rotation in rotations
        for place in range(IN_A_ROTATION)
    )
    Capability.objects.bulk_create(
        Capability(unit=unit, name=name, role=choose.choice(roles), confirmed=now, confirmed_by=everybody[0])
        for unit in units
        for name in choose.sample(TAKEN, TAKEN_BY_A_UNIT)
    )
    Duty.objects.bulk_create(
        Duty(person=person, unit=choose.choice(units), starts=now) for person in everybody[:: IN_A_ROTATION - 2]
    )
    return roles


def measured(many: int, searches: int) -> dict[str, object]:
    """The figures, printed as they come. Nothing is analysed or vacuumed first."""
    everybody = people_bench.staff(many)
    people_bench.in_units(everybody)
    roles, choose = duties(everybody), random.Random(11)
    took, right = defaultdict[str, list[float]](list), defaultdict[str, int](int)
    for _ in range(searches):
        person, role = choose.choice(everybody), choose.choice(roles)
        asked = f"{role.name} {role.unit.name}"
        kinds = {
            "a role and its unit": asked,
            "a role, misspelt": people_bench.misspelt(role.name, choose),
            "who takes it now": f"who takes {choose.choice(TAKEN)} now?",
            "a person's name": person.display_name,
            "a person, misspelt": people_bench.misspelt(person.display_name, choose),
            "a profession in a unit": f"nurse {role.unit.name}",
        }
        for kind, words in kinds.items():
            answer, ms = people_bench.timed(lambda words=words: found(words, at=timezone.now()))
            took[kind].append(ms)
            right[kind] += (
                any(hit.role.name == role.name for hit in answer.roles)
                if "role" in kind
                else any(hit.person.display_name == person.display_name for hit in answer.people)
                if "person" in kind
                else bool(answer)
            )
    print(
        f"{many} people, {len(roles)} roles, {searches} of each, load {os.getloadavg()[0]:.1f} (goal of p99: < 300 ms)"
    )
    figures: dict[str, object] = {
        kind: {**people_bench.said(kind, ms), "found": right[kind] / searches} for kind, ms in took.items()
    }
    print({kind: f"{count / searches:.1%}" for kind, count in right.items()})
    return {"people": many, "load": os.getloadavg()[0], **figures}


def main() -> None:
    """Prints the figures and, if asked, writes them as JSON."""
    parser = argparse.ArgumentParser(description="One search box for whom to reach.")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    with people_bench.database("readback_bench_directory"):
        figures = measured(arguments.people, arguments.searches)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
