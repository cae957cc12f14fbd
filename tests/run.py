"""bin/test: every check of this repository, with a count at the end.

    python -m tests.run [--wheels] [PATH...]

The private PostgreSQL loses its data on purpose (fsync off) until servers of their own processes join in: those refuse
such a database, as they would in a hospital. What could not run is said at the end, and with CI=true is a failure.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.postgres import PrivatePostgres
from config.steps import say
from tests import migrated
from tests.asvs import requirements, unproved
from tests.browser import find_chromium
from tests.counts import Counts, count_report

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(sys.executable).parent
# A stage that hangs ends here; one that is only slow, on a machine that does much else, does not.
LONGEST_STAGE_SECONDS = 5400
LONGEST_OUTPUT = 40_000
STOP_SECONDS = 20
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy", "."],
    "contracts": ["lint-imports"],
}
# With the wheels' programs CI runs again what leans on the engines: triggers, locks, hand-written statements, keys.
LEANS_ON_ENGINES = [
    "tests/config/test_private_postgres.py",
    "tests/ledger/test_append_only.py",
    "tests/ledger/test_counting.py",
    "tests/ledger/test_sequencer.py",
    "tests/live",
    "tests/processes/test_hints.py",
    "tests/processes/test_rig.py",
    "tests/transfers/test_accept.py",
    "tests/transfers/test_at_once.py",
    "tests/transfers/test_by_hand.py",
    "tests/transfers/test_confirm.py",
    "tests/transfers/test_database.py",
    "tests/transfers/test_destination.py",
    "tests/transfers/test_override.py",
    "tests/transfers/test_send.py",
    "tests/vault",
]


@dataclass
class Run:
    """One run of bin/test: where it writes, what it counted, and what it could not do."""

    reports: Path
    counts: Counts = field(default_factory=Counts)
    not_run: list[str] = field(default_factory=list)
    running: set["subprocess.Popen[bytes]"] = field(default_factory=set)

    is_leaving: bool = False
    # The whole check says which of its tests are slow; a part is watched by whoever wrote it.
    is_whole: bool = False
    # What is checked for good begins with nothing that an earlier run has left.
    is_ci: bool = False

    def stop(self) -> None:
        """Ends what runs now as Ctrl-C would, so that its servers and browsers end with it; nothing else begins."""
        self.is_leaving = True
        for process in list(self.running):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def stage(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        """Runs pytest once and adds what it counted. In sight, but for what runs beside: that is shown at its end."""
        if self.is_leaving:
            return
        report = self.reports / f"{name.replace(' ', '-')}.xml"
        slowest = ["--durations=15", "--durations-min=5"] if self.is_whole else []
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *slowest, *arguments]
        is_beside = threading.current_thread() is not threading.main_thread()
        started = time.monotonic()
        if not is_beside:
            say(f"\n== {name}")
        with (self.reports / f"{name}.txt").open("w+") as kept:
            shown = {"stdout": kept, "stderr": kept} if is_beside else {}
            process = subprocess.Popen(command, cwd=ROOT, env=environment, **shown)
            self.running.add(process)
            try:
                code = process.wait(LONGEST_STAGE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            finally:
                self.running.discard(process)
            kept.seek(0)
            if is_beside:
                say(f"\n== {name}\n{kept.read()[-LONGEST_OUTPUT:]}")
        self.counts.add(name, count_report(report, exit_code=code), time.monotonic() - started)


def main(arguments: list[str]) -> int:
    """0 when everything passed."""
    parser = argparse.ArgumentParser(prog="bin/test", description="Runs every check, or the tests of the paths given.")
    parser.add_argument("--wheels", action="store_true", help="use the wheels' PostgreSQL and Valkey")
    parser.add_argument("paths", nargs="*", help="run only these tests")
    options, for_pytest = parser.parse_known_args(arguments)
    is_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    with tempfile.TemporaryDirectory(prefix="readback-reports-") as reports:
        run = Run(Path(reports), is_whole=not options.paths, is_ci=is_ci)

        def leave(*_: object) -> None:
            # Ended by a signal or not, the databases that were started are stopped.
            run.stop()
            sys.exit(143)

        signal.signal(signal.SIGTERM, leave)
        if options.paths:
            part(run, [*options.paths, *for_pytest], only_wheel=options.wheels)
        else:
            whole(run, only_wheel=options.wheels, also_wheels=is_ci and not options.wheels)
    return close(run)


def part(run: Run, paths: list[str], *, only_wheel: bool) -> None:
    """The tests of some paths on a private PostgreSQL, nothing else."""
    with_database(run, {"tests": paths}, only_wheel=only_wheel, is_durable=True)


def whole(run: Run, *, only_wheel: bool, also_wheels: bool) -> None:
    """Everything, on two cores: two lanes, each takes the next part when it is done with one.

    The longest parts come first, so that neither lane waits long for the other. A browser mostly waits, and mypy and
    pytest use one core each.
    """
    unit = {"unit and integration": ["-m", "not processes and not journey"]}
    processes = {"processes": ["-m", "processes"]}
    wheels = {"wheels": ["-m", "not journey", *(path for path in LEANS_ON_ENGINES if (ROOT / path).exists())]}
    parts: deque[Callable[[], None]] = deque(
        [
            partial(with_database, run, unit, only_wheel=only_wheel, is_durable=False),
            partial(check_and_drive, run, only_wheel=only_wheel),
        ]
    )
    if also_wheels:
        parts.append(partial(with_database, run, wheels, only_wheel=True, is_durable=True))
    parts.append(partial(with_database, run, processes, only_wheel=only_wheel, is_durable=True))
    with ThreadPoolExecutor(max_workers=1) as beside:
        other = beside.submit(take_parts, parts)
        take_parts(parts)
        # What went wrong in the other lane goes wrong here too.
        other.result()
    hold_promises(run)


def hold_promises(run: Run) -> None:
    """Each security requirement that docs/asvs.csv says is met has a test that has just passed. One check."""
    started = time.monotonic()
    broken = unproved(requirements(), sorted(run.reports.glob("*.xml")))
    if broken and run.not_run:
        # The part that would have shown it is missing here, and that is said already.
        run.not_run.append(f"promises: {len(broken)} tests that docs/asvs.csv names")
        return
    if broken:
        say("\n== promises failed\n" + "\n".join(broken))
    run.counts.add("promises", Counts.of(passed=int(not broken), failed=int(bool(broken))), time.monotonic() - started)


def take_parts(parts: "deque[Callable[[], None]]") -> None:
    """One lane: the next part until there is none."""
    while parts:
        try:
            part = parts.popleft()
        except IndexError:
            return  # the other lane was quicker
        part()


def check_and_drive(run: Run, *, only_wheel: bool) -> None:
    """The checks that need no database, then the journeys on one of their own."""
    check_all(run)
    with_database(run, {"journeys": ["-m", "journey"]}, only_wheel=only_wheel, is_durable=True)


def check_all(run: Run) -> None:
    """Formats, lints, types and contracts. Each is one check; what it said is shown when it fails."""
    for name, command in CHECKS.items():
        started = time.monotonic()
        done = subprocess.run(
            [str(VENV / command[0]), *command[1:]], cwd=ROOT, env=bare(), capture_output=True, text=True, check=False
        )
        failed = int(done.returncode != 0)
        if failed:
            say(f"\n== {name} failed\n{done.stdout[-8000:]}{done.stderr[-2000:]}")
        run.counts.add(name, Counts.of(passed=1 - failed, failed=failed), time.monotonic() - started)


def with_database(run: Run, stages: dict[str, list[str]], *, only_wheel: bool, is_durable: bool) -> None:
    """Runs pytest for each stage against a PostgreSQL that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="readback-pg-") as home:
        postgres = PrivatePostgres(Path(home), is_durable=is_durable, only_wheel=only_wheel)
        environment = bare()
        try:
            if not run.is_ci:
                migrated.bring(postgres, environment=environment)
                environment["READBACK_TEST_TEMPLATE"] = migrated.NAME
            postgres.start()
        except (EmbeddedError, subprocess.CalledProcessError) as exc:
            run.not_run.append(f"{', '.join(stages)}: {exc}")
            return
        environment["DATABASE_URL"] = postgres.url("postgres")
        if only_wheel:
            environment["READBACK_TEST_WHEELS"] = "1"
        try:
            for name, arguments in stages.items():
                if name == "journeys" and not with_browser(run, environment):
                    continue
                run.stage(name, arguments, environment)
        finally:
            postgres.stop()


def with_browser(run: Run, environment: dict[str, str]) -> bool:
    """Whether there is a Chromium to drive; its path is in CHROME then."""
    chromium = find_chromium()
    if chromium is None:
        run.not_run.append("journeys: no Chromium, and none could be installed")
        return False
    environment["CHROME"] = str(chromium)
    return True


def bare() -> dict[str, str]:
    """The environment without what a developer may have set for a server of their own."""
    own = ("READBACK_", "DATABASE_URL", "REDIS_URL", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def close(run: Run) -> int:
    """Prints the counts and what could not run. The last line is the sum."""
    say("")
    for line in run.counts.lines():
        say(line)
    missing = run.not_run + run.counts.skipped_lines()
    for line in missing:
        say(f"not run: {line}")
    failed = run.counts.failed
    if run.is_ci:
        failed += len(run.not_run) + run.counts.skipped_here
    say(f"{run.counts.passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
