"""A worker that can be killed: `python -m tests.processes.working`, with the tests' settings, database and handlers.

`test.rang` tells Lee. `test.stops` does so, too, but the process stops itself (SIGSTOP) in the middle of the first one,
where READBACK_TEST_STOPS is set: inside the transaction, with a lock that whoever comes next has to wait for.
"""

import os
import signal
import sys
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from config.working import work_until_stopped  # noqa: E402
from live.inbox import Announcement, Subject  # noqa: E402
from live.timers import register_timer  # noqa: E402

LEE = UUID("00000000-0000-4000-8000-00000000001e")
RANG, STOPS = "test.rang", "test.stops"


def rang(subject_id: UUID) -> list[Announcement]:
    return [Announcement(RANG, [LEE], Subject("test", subject_id))]


def stops(subject_id: UUID) -> list[Announcement]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('the page'))")
    if os.environ.pop("READBACK_TEST_STOPS", ""):
        say("stopping")
        os.kill(os.getpid(), signal.SIGSTOP)
    return rang(subject_id)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    register_timer(RANG, rang)
    register_timer(STOPS, stops)
    work_until_stopped(when_ready=lambda: say("ready"))
