"""What a sign-in by password costs, what is bounded of it, and whether the time of a refusal tells anything.

Whole answers of POST /sign-in/ in this process, with the product's hasher, a durable database and everything recorded.
`unknown`, `wrong` and `waiting` are asked in turns, in random order, each from an address of its own; the Mann-Whitney
test says whether one of two takes longer (AUC 0.5: no telling them apart; one guess in two is right).

    python bench/signing_in.py [--each 1000] [--seconds 5] [--json FILE]

It makes a database of its own beside the one of DATABASE_URL, or on a private PostgreSQL, and drops it.
"""

import argparse
import json
import math
import os
import platform
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, count
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("READBACK_SECRET_KEY", "a key for this measurement only")
os.environ.setdefault("READBACK_HOSTS", HOST := "127.0.0.1")

import django  # noqa: E402

from bench import own_database  # noqa: E402

own_database.ensure()
VAR = tempfile.TemporaryDirectory(prefix="readback-bench-")
os.environ["READBACK_VAR"] = VAR.name
django.setup()

from django.contrib.auth.hashers import check_password, make_password  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Person, Role  # noqa: E402
from accounts.passwords import HASHES_AT_ONCE  # noqa: E402
from accounts.waits import rules  # noqa: E402
from accounts.waits.models import Guess  # noqa: E402
from accounts.waits.services import digest_of  # noqa: E402

NAME = "readback_bench_sign_in"
PASSWORD = "quilted lantern rivers"  # noqa: S105 -- of invented people
AT_ONCE = (1, 4, 16)
WRONG_BEFORE = 9
WARM_UP = 20
KINDS = ("unknown", "wrong", "waiting")
_numbers = count(1)


def new_address() -> str:
    """An address that nobody has guessed from."""
    number = next(_numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def people(kind: str, many: int) -> list[str]:
    """The addresses to sign in with of so many people, made at once: they share a hash."""
    hashed = make_password(PASSWORD)
    made = [
        Person(email=f"{kind}{number}@readback.example", display_name="Kit Marram", role=Role.NURSE, password=hashed)
        for number in range(many)
    ]
    return [person.email for person in Person.objects.bulk_create(made)]


def ask(email: str, password: str, address: str) -> tuple[float, int]:
    """Seconds until the whole answer, and its status."""
    client = Client(REMOTE_ADDR=address, SERVER_NAME=HOST)
    began = time.perf_counter()
    response = client.post("/sign-in/", {"email": email, "password": password})
    return time.perf_counter() - began, response.status_code


def make_wait(email: str, address: str) -> None:
    """The next guess of this pair comes too early, for a minute."""
    subject, place, now = digest_of("subject", email), digest_of("address", rules.place_of(address)), timezone.now()
    row = {"subject": subject, "address": place, "made": now, "state": Guess.State.WRONG}
    Guess.objects.bulk_create(Guess(**row) for _ in range(WRONG_BEFORE))


def refusals(each: int) -> dict[str, list[float]]:
    """Seconds of each refusal, by its kind."""
    emails = {"wrong": people("wrong", each), "waiting": people("waiting", each)}
    emails["unknown"] = [f"unknown{number}@readback.example" for number in range(each)]
    turns = [(kind, email) for kind in KINDS for email in emails[kind]]
    random.shuffle(turns)
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for turn, (kind, email) in enumerate(turns):
        address = new_address()
        # The same rows are written before each, for somebody else where nobody is to wait: what was just done is warm.
        make_wait(email if kind == "waiting" else f"other-{email}", address)
        seconds, status = ask(email, PASSWORD if kind == "waiting" else "incorrect horse", address)
        if status != 422:
            sys.exit(f"{kind} was answered {status}: nothing was measured.")
        if turn >= WARM_UP:
            took[kind].append(seconds)
    return took


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The chance that a value of `one` is greater than one of `other`, and the two-sided p (normal approximation)."""
    ranks = {value: rank for rank, value in enumerate(sorted([*one, *other]), start=1)}
    u = sum(ranks[value] for value in one) - len(one) * (len(one) + 1) / 2
    product = len(one) * len(other)
    spread = math.sqrt(product * (len(one) + len(other) + 1) / 12)
    return u / product, math.erfc(abs(u - product / 2) / spread / math.sqrt(2))


def peak_mib() -> float:
    """The most memory this process has held since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def forget_peak() -> float:
    """What is held now, in MiB, from which the next peak counts."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mib()


def at_once(many: int, seconds: float) -> dict[str, float]:
    """So many sign in at once, over and over: how many a second, the median, how many were asked to wait, memory."""
    emails, stop, answers = people(f"at-{next(_numbers)}-", many), threading.Event(), Counter[int]()
    before = forget_peak()

    def sign_in(email: str) -> list[float]:
        address, took = new_address(), []
        while not stop.is_set():
            spent, status = ask(email, PASSWORD, address)
            took.append(spent)
            answers[status] += 1
        connection.close()
        return took

    with ThreadPoolExecutor(many) as pool:
        running = [pool.submit(sign_in, email) for email in emails]
        time.sleep(seconds)
        stop.set()
        every = [one for each in running for one in each.result()]
    if set(answers) - {303, 503}:
        sys.exit(f"Signing in was answered {dict(answers)}: nothing was measured.")
    return {
        "per_second": round(answers[303] / seconds, 1),
        "p50_ms": round(median(every) * 1e3),
        "asked_to_wait": answers[503],
        "peak_mib": round(peak_mib() - before),
    }


def hash_ms(times: int = 20) -> float:
    """The hash alone, in milliseconds."""
    hashed, took = make_password(PASSWORD), []
    for _ in range(times):
        began = time.perf_counter()
        check_password(PASSWORD, hashed)
        took.append(time.perf_counter() - began)
    return round(median(took) * 1e3, 1)


def own() -> None:
    """From here on the connection is to a new database with the product's tables."""
    connection.ensure_connection()
    drop_and("CREATE")
    connection.close()
    connections["default"].settings_dict["NAME"] = NAME
    connections.settings["default"]["NAME"] = NAME
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def drop_and(then: str) -> None:
    """Without the database of this measurement, and with a new one when `then` says so."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        if then == "CREATE":
            cursor.execute(f"CREATE DATABASE {NAME}")


def main() -> None:
    """Prints the figures and, if asked, writes them as JSON."""
    parser = argparse.ArgumentParser(description="What a sign-in costs, and what its time tells.")
    parser.add_argument("--each", type=int, default=1000, help="refusals of each kind")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each number of people at once")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    usual = connection.settings_dict["NAME"]
    own()
    try:
        figures = measured(arguments.each, arguments.seconds)
    finally:
        connection.close()
        connections["default"].settings_dict["NAME"] = usual
        drop_and("")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def measured(each: int, seconds: float) -> dict[str, object]:
    """All figures, printed as they come."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    figures: dict[str, object] = {"load": os.getloadavg()[0], "hash_ms": hash_ms()}
    print(f"the hash alone, p50                 {figures['hash_ms']:8} ms")
    at_once(2, 1.0)  # what a process does once, it has done
    for many in AT_ONCE:
        figures[f"at_once_{many}"] = seen = at_once(many, seconds)
        print(
            f"{many:3} sign in at once (bound: {HASHES_AT_ONCE})   {seen['per_second']:8} a second, "
            f"p50 {seen['p50_ms']} ms, {seen['asked_to_wait']} asked to wait, {seen['peak_mib']} MiB more at most"
        )
    took = refusals(each)
    for kind in KINDS:
        print(f"{kind:10} refused, {len(took[kind])} times, p50 {median(took[kind]) * 1e3:8.2f} ms")
    for one, other in combinations(KINDS, 2):
        chance, p = mann_whitney(took[one], took[other])
        figures[f"{one}_{other}"] = {"auc": round(chance, 4), "p": p}
        print(f"{one} against {other}: AUC {chance:.3f}, p = {p:.3g}")
    return figures


if __name__ == "__main__":
    main()
