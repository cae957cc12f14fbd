"""The scanner: every minute each server looks whether a stretch of the log is to be judged; one of them works.

Three rounds. What is taken out in bulk is judged at once, some minutes of the log at a time; searches by the hour; both
with the hour before, so that what goes on across its end is whole; everything by the day, from seven to seven of the
ward's zone, so that a night is of one day. Each stretch is one transaction under an advisory lock, in which its flags
are kept and the round's mark moves on: whoever dies leaves it to the next, and judging it again changes nothing.

Events that commit late (their time is that of the insert) are waited for before a stretch is judged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from audit.review import services
from audit.review.models import ScanMark
from audit.review.reading import day_between
from audit.rules.facts import Act, Rule
from audit.rules.folding import fold
from audit.rules.judging import findings
from live.acting import acting_as_system

LOOK_EVERY_SECONDS = 60
LOCK = 0x7265_7669_6577
# A transaction that is open longer than this is not waited for; its events are judged by the next longer round.
LATE = timedelta(minutes=2)
AT_MOST = 8
DAY_BEGINS = time(7)


@dataclass(frozen=True)
class Round:
    """How a part of the rules goes through the log: `next` gives where a stretch that begins there ends."""

    name: str
    rules: Sequence[Rule]
    acts: Sequence[Act]
    next: Callable[[datetime], datetime]
    begins: Callable[[datetime], datetime]
    with_before: timedelta = timedelta()


def day_begins(moment: datetime) -> datetime:
    """When the day of the review began that `moment` belongs to."""
    local = timezone.localtime(moment)
    day = local.date() if local.time() >= DAY_BEGINS else local.date() - timedelta(days=1)
    return _seven(day)


def day_of(moment: datetime) -> date:
    """The day of the review, by its date at seven."""
    return timezone.localtime(day_begins(moment)).date()


def span_of_day(day: date) -> tuple[datetime, datetime]:
    """From and until of a day of the review."""
    return _seven(day), _seven(day + timedelta(days=1))


def _seven(day: date) -> datetime:
    return datetime.combine(day, DAY_BEGINS, tzinfo=timezone.get_current_timezone()).astimezone(UTC)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


ROUNDS = (
    Round(
        "at_once",
        (Rule.BULK,),
        (Act.TAKEN_OUT,),
        lambda at: at + timedelta(minutes=1),
        lambda at: at,
        # What was taken out one by one within the hour before counts together.
        with_before=timedelta(hours=1),
    ),
    Round(
        "hour",
        (Rule.SEARCHES,),
        (Act.SEARCHED, Act.OPENED, Act.ALERTED),
        lambda at: _hour(at) + timedelta(hours=1),
        _hour,
        with_before=timedelta(hours=1),
    ),
    Round("day", tuple(Rule), tuple(Act), lambda at: _seven(day_of(at) + timedelta(days=1)), day_begins),
)


def run_due() -> int:
    """How many stretches were judged now; 0 as well when another process is at it. Raises what a database raises."""
    return sum(_step(each) for _ in range(AT_MOST) for each in ROUNDS)


@acting_as_system("audit.scan")
def judge(begins: datetime, ends: datetime, *, of: Round = ROUNDS[-1]) -> int:
    """How many flags this stretch raises that were not there. In a transaction."""
    day = day_between(begins - of.with_before, ends, acts=of.acts)
    return len(services.keep(fold(findings(day, of.rules)), day=day_of(begins)))


@transaction.atomic
def _step(of: Round) -> int:
    """One stretch of the round, if it is over: 1, else 0."""
    now = _lock_and_look()
    if now is None:
        return 0
    mark, is_new = ScanMark.objects.get_or_create(round=of.name, defaults={"done_until": of.begins(now)})
    ends = of.next(mark.done_until)
    if is_new or ends + LATE > now:
        return 0
    judge(mark.done_until, ends, of=of)
    mark.done_until = ends
    mark.save(update_fields=["done_until"])
    return 1


def _lock_and_look() -> datetime | None:
    """The database's time, where this process may work now; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s), clock_timestamp()", [LOCK])
        may, now = cursor.fetchone()
    return now if may else None
