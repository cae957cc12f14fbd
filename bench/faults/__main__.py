"""The product while its processes, its database, its bus and its lines fail, held against what must hold.

    python -m bench.faults [--minutes 10] [--seed N ...] [--processes 2] [--rate 10] [--break-it]

Server processes, a worker, PostgreSQL and Redis of its own, under var/bench/faults. It ends with 0 when nothing was
violated. `--break-it` alone shows that the checker finds violations of each invariant, planted into a small run; after
a run of its own the same are planted into what that run brought. Several seeds are several runs, one after the other,
each on a hospital of its own, and their sum at the end. docs/faults.md.
"""

import argparse
import asyncio
import os
import random
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack

from bench import hospital, rig
from bench.faults import disk, keeping, planted, world
from bench.faults.generator import Generator, Habits, all_done
from bench.faults.history import Facts, History
from bench.faults.nemesis import DECK, KillablePostgres, Nemesis, Worker, until_healthy
from bench.faults.proxy import Line
from bench.faults.telling import report, tell_sum

HOME = rig.OUT / "faults"
SETTLE_SECONDS = 150


def main() -> None:
    """Runs, checks, prints, and leaves with 1 on a violation."""
    options = _options()
    if options.break_it:
        sys.exit(0 if _break(planted.sound(), "a small run") else 1)
    if options.small_disk:
        disk.go_apart()
    if len(options.seed) > 1:
        sys.exit(_several(options.seed))
    (seed,) = options.seed
    print(f"seed {seed}, {options.minutes} minutes, {options.processes} processes, {options.rate} a second at most")
    facts = run(options, seed)
    total = report(facts, seed)
    is_sharp = _break(facts, "this run")
    sys.exit(1 if total or not is_sharp else 0)


def _several(seeds: list[int]) -> int:
    """A run for each seed, in a process of its own with the same options; prints their sum. 1 if any was violated."""
    after = sys.argv.index("--seed") + 1
    rest = sys.argv[1 : after - 1] + sys.argv[after + len(seeds) :]
    code, done = 0, []
    for seed in seeds:
        (rig.OUT / f"faults-{seed}.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "bench.faults", *rest, "--seed", str(seed)]
        code |= subprocess.run(command, cwd=rig.ROOT, check=False).returncode
        done.append(seed)
        tell_sum(done)
    return int(code != 0)


def run(options: argparse.Namespace, seed: int) -> Facts:
    """The whole run: everything is started, broken, mended, brought to rest and read."""
    from config.embedded.redis import PrivateRedis

    disk.give_back(HOME / "postgres")
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    if options.small_disk:
        disk.make_small(HOME / "postgres", options.small_disk)
    postgres, redis = KillablePostgres(HOME / "postgres"), PrivateRedis()
    with ExitStack() as stack:
        postgres.start()
        stack.callback(postgres.stop)
        redis.start()
        stack.callback(redis.stop)
        os.environ["DATABASE_URL"] = postgres.url("postgres")
        environment = {**os.environ, **stack.enter_context(rig.hospital_environment())}
        environment |= {"REDIS_URL": redis.url, "READBACK_WORKER": "apart"}
        environment["READBACK_PUSH_CONTACT"] = "mailto:desk@ward.example"
        os.environ.update(environment)
        hospital.set_up()
        _prepare()
        made = world.make()
        return asyncio.run(_live(options, seed, environment, (postgres, redis), made))


def _prepare() -> None:
    for command in (("ledger", "init"), ("collectstatic", "--no-input", "--verbosity", "0")):
        subprocess.run([sys.executable, "manage.py", *command], cwd=rig.ROOT, check=True, stdout=subprocess.DEVNULL)


async def _live(options, seed, environment, databases, made) -> Facts:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from tests.processes.rig import ServerProcess, free_ports

    history, chance = History(), random.Random(seed)  # noqa: S311 -- the seed of a run that can be repeated
    servers = [ServerProcess(port, environment, HOME / f"web-{port}.log") for port in free_ports(options.processes)]
    worker, lines = Worker(environment, HOME / "worker.log"), [Line(server.port) for server in servers]
    try:
        for server in servers:
            server.start()
            await until_healthy(server, history)
        worker.start()
        for line in lines:
            await line.open()
        habits = Habits(options.rate, options.writers, options.by_http, options.looked_at)
        everybody = Generator(made, lines, history, chance, habits)
        following = [asyncio.ensure_future(device.follow()) for device in everybody.devices.values()]
        await asyncio.gather(*(device.is_following.wait() for device in everybody.devices.values()))
        began = time.time()
        acting = [everybody.write(), everybody.page(options.page_every), everybody.come_and_go(15)]
        for act in acting:
            everybody.begin(act)
        nemesis = Nemesis(servers, worker, databases, lines, history, random.Random(seed + 1))  # noqa: S311
        await nemesis.rage(began + 60 * options.minutes, options.pause, options.only)
        everybody.stop()
        await _settle(everybody, following)
    finally:
        for server in servers:
            server.stop()
        worker.kill()
        for line in lines:
            await line.close()
    return Facts(history, await asyncio.to_thread(keeping.kept))


async def _settle(everybody: Generator, following: list["asyncio.Task[None]"]) -> None:
    """Every act that was begun ends, every page comes to its end, every device gets the newest."""
    if not await all_done(everybody, SETTLE_SECONDS):
        print(f"{len(everybody.under_way)} acts had no end within {SETTLE_SECONDS} s")
        for task in list(everybody.under_way):
            task.cancel()
    # Whoever was paged last may be silent, and the page climbs to the lead: three steps and an answer.
    deadline = time.time() + SETTLE_SECONDS
    while time.time() < deadline and not await asyncio.to_thread(_is_quiet, everybody):
        await asyncio.sleep(1)
    for each in following:
        each.cancel()
    await asyncio.gather(*following, return_exceptions=True)


def _is_quiet(everybody: Generator) -> bool:
    heads, waiting = keeping.heads(), keeping.waiting_pages()
    at_head = all(device.last == heads.get(person, 0) for person, device in everybody.devices.items())
    return at_head and not waiting and not everybody.under_way


def _break(facts: Facts, where: str) -> bool:
    found = planted.found_all(facts)
    missed = [name for name, is_found in found.items() if not is_found]
    print(f"planted into {where}: {len(found) - len(missed)} of {len(found)} violations found")
    for name in missed:
        print(f"  missed {name}")
    return not missed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, nargs="+", default=[secrets.randbelow(10**6)])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rate", type=float, default=10, help="messages a second, at most")
    parser.add_argument("--writers", type=int, default=60, help="messages that wait for their answer, at most")
    parser.add_argument("--by-http", type=float, default=0.3, help="share of the messages that are sent as a form")
    parser.add_argument("--looked-at", type=float, default=0.2, help="share of what arrives that is opened")
    parser.add_argument("--page-every", type=float, default=6, help="seconds between two pages")
    parser.add_argument("--pause", type=float, default=5, help="seconds between two faults, about")
    parser.add_argument("--only", choices=sorted(set(DECK)), nargs="*", default=[], help="these faults, and no others")
    parser.add_argument("--small-disk", type=int, default=0, help="MiB for PostgreSQL, so that the disk can be full")
    parser.add_argument("--break-it", action="store_true", help="show that the checker finds what is wrong, and end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
