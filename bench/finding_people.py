"""How long it takes to find one of 20,000 people by a misspelt name, and how often it is the right one.

Each search has one letter changed, left out, doubled or swapped with the next. Beside it the floor (fetching the same
fifty people by their ids), a first name that a thousand share, and the directory by a family name and misspelt.

    python bench/finding_people.py [--people 20000] [--searches 400] [--json FILE]

It makes a database of its own beside the one of DATABASE_URL, or on a private PostgreSQL, and drops it.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

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
from django.utils import timezone  # noqa: E402

from accounts.actors import Actor  # noqa: E402
from accounts.directory import directory  # noqa: E402
from accounts.models import Facility, Membership, Person, Role, Unit  # noqa: E402
from accounts.people import selectors  # noqa: E402

NAME = "readback_bench_people"
Found = TypeVar("Found")
FIRST = ("Amara", "Lee", "Noor", "Piet", "Ingrid", "Oskar", "Tilda", "Robin", "Sanna", "Gwil", "Opal", "Noah", "Yusuf")
BEGIN = (
    "Thistle",
    "Sparrow",
    "Winter",
    "Lantern",
    "Lark",
    "Fern",
    "Probe",
    "Rush",
    "Quick",
    "Hollow",
    "Night",
    "Quill",
)
END = ("down", "hawk", "green", "light", "spur", "well", "beam", "hill", "wood", "weed", "feather", "dale", "marsh")
UNITS = 200


def staff(many: int) -> list[Person]:
    """So many people with names that sound alike."""
    choose = random.Random(7)  # noqa: S311 -- invented names
    made = []
    for number in range(many):
        family = choose.choice(BEGIN) + choose.choice(END) + choose.choice(("", "e", "s", "son", "ing"))
        name = f"{choose.choice(FIRST)} {choose.choice('ABCDEFGHJKLMNPRSTVW')}. {family}"
        made.append(Person(email=f"p{number}@readback.example", display_name=name, role=Role.NURSE, password="!"))
    return Person.objects.bulk_create(made)


def misspelt(name: str, choose: random.Random) -> str:
    """The name with one mistake in it."""
    at = choose.randrange(1, len(name) - 1)
    mistakes = (
        name[:at] + choose.choice("aeiounrst") + name[at + 1 :],
        name[:at] + name[at + 1 :],
        name[:at] + name[at] + name[at:],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    )
    return choose.choice(mistakes)


def in_units(people: list[Person]) -> None:
    """Each of them belongs to one of two hundred units of one hospital."""
    house = Facility.objects.create(name="Bench hospital")
    units = [Unit(facility=house, name=f"Level {number}", short_name=f"L{number}") for number in range(UNITS)]
    Unit.objects.bulk_create(units)
    Membership.objects.bulk_create(
        Membership(person=person, unit=units[number % UNITS]) for number, person in enumerate(people)
    )


def timed(act: Callable[[], Found]) -> tuple[Found, float]:
    """What it gives, and how many milliseconds it took."""
    began = time.perf_counter()
    found = act()
    return found, (time.perf_counter() - began) * 1e3


def said(what: str, took: list[float]) -> dict[str, float]:
    """The figures of one kind of search, printed as they come."""
    p50, p99 = median(took), quantiles(took, n=100)[98]
    print(f"{what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {max(took):.1f} ms")
    return {"p50_ms": p50, "p99_ms": p99}


def measured(many: int, searches: int) -> dict[str, object]:
    """The figures, printed as they come. Nothing is analysed or vacuumed first: as after a directory's first run."""
    everybody = staff(many)
    in_units(everybody)
    actor, now = Actor(person=Person(role=Role.ADMINISTRATOR)), timezone.now()
    choose, took, found = random.Random(11), defaultdict[str, list[float]](list), 0  # noqa: S311 -- invented names
    for _ in range(searches):
        wanted = choose.choice(everybody)
        name, words = wanted.display_name, misspelt(wanted.display_name, choose)
        answer, ms = timed(lambda words=words: selectors.people(actor, words=words))
        took["misspelt"].append(ms)
        found += any(person.display_name == name for person in answer[:10])
        ids = [person.pk for person in answer]
        took["the same by id"].append(timed(lambda ids=ids: list(Person.objects.filter(pk__in=ids)))[1])
        took["first name only"].append(timed(lambda name=name: selectors.people(actor, words=name.split()[0]))[1])
        family = name.split()[-1]
        took["directory"].append(timed(lambda family=family: directory(at=now, words=family))[1])
        took["directory, misspelt"].append(timed(lambda words=words: directory(at=now, words=words))[1])
    print(f"{many} people, {searches} searches, load {os.getloadavg()[0]:.1f} (goal of each p99: under 300 ms)")
    figures: dict[str, object] = {what: said(what, of_it) for what, of_it in took.items()}
    print(f"the person meant is among the first ten: {found / searches:.1%}")
    return {"people": many, "found": found / searches, **figures}


def main() -> None:
    """Prints the figures and, if asked, writes them as JSON."""
    parser = argparse.ArgumentParser(description="Finding one of many people by a misspelt name.")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    with database(NAME):
        figures = measured(arguments.people, arguments.searches)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


@contextmanager
def database(name: str) -> Iterator[None]:
    """A migrated database of this name while the block runs; it is dropped afterwards."""
    usual = connection.settings_dict["NAME"]
    _drop_and("CREATE", name)
    connection.close()
    connections["default"].settings_dict["NAME"] = connections.settings["default"]["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connections["default"].settings_dict["NAME"] = usual
        _drop_and("", name)


def _drop_and(then: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if then == "CREATE":
            cursor.execute(f"CREATE DATABASE {name}")


if __name__ == "__main__":
    main()
