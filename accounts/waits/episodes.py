"""When the whole house is guessed at: on the record once for each episode, and told to administrators meanwhile."""

from datetime import datetime, timedelta

from django.db import connection

from accounts.actors import PURPOSE
from accounts.waits.models import Episode
from ledger.services import record

BROKEN = "sign_in.breaker"
# So long after the last guess that had to wait, the next begins another episode.
APART = timedelta(minutes=10)
# How old `last` may be before it is written anew: a flood does not queue for one row.
WRITTEN_EVERY = timedelta(seconds=10)
SHOWN_FOR = timedelta(hours=24)
_LOCK = 0x7761697473  # "waits"


def note(*, at: datetime) -> None:
    """A guess waits because of the whole house. In the transaction that admits it."""
    if _go_on(at):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if not _go_on(at):  # of many that see it at once, one begins it
        Episode.objects.create(began=at, last=at)
        record(BROKEN, agent=None, purpose=PURPOSE)


def latest(*, at: datetime) -> Episode | None:
    """The last one within a day, for administrators to see."""
    return Episode.objects.filter(last__gt=at - SHOWN_FOR).order_by("-last").first()


def _go_on(at: datetime) -> bool:
    running = Episode.objects.filter(last__gt=at - APART).order_by("-last").first()
    if running is not None and running.last < at - WRITTEN_EVERY:
        Episode.objects.filter(pk=running.pk).update(last=at)
    return running is not None
