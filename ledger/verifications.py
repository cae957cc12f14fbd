"""Verifications of the whole log that somebody asks for: one at a time, by a process of its own, seen as it goes.

The process is `manage.py ledger verify --verification ID`: hashing millions of leaves is no work for a process that
hands events to a ward. One that was killed says nothing more; after a while its row is closed as broken off.
"""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.agents import Agent, Entity
from ledger.models import Checkpoint, Verification
from ledger.services import record
from live.refusals import Conflict
from vault.apart import cursor_apart

_SEEN = "UPDATE ledger_verification SET places = %s, looked = clock_timestamp() WHERE id = %s AND ended IS NULL"
SILENT_AFTER = timedelta(seconds=30)
PURPOSE = "HOPERAT"


def spawn(verification_id: UUID) -> None:
    """A process of its own verifies, with this one's settings. Nobody waits for it; what fails is in this one's log."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "ledger", "verify"]
    subprocess.Popen(  # noqa: S603 - this installation's own command and an id
        [*command, "--verification", str(verification_id)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@transaction.atomic
def begin(agent: Agent, *, by: UUID, start: Callable[[UUID], None] = spawn) -> Verification:
    """A verification that has begun. Raises Conflict while another one runs."""
    silent = Verification.objects.filter(ended=None, looked__lt=timezone.now() - SILENT_AFTER)
    silent.update(ended=Now(), outcome="broken_off")
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first()
    try:
        with transaction.atomic():
            row = Verification.objects.create(asked_by=by, expected=newest or 0)
    except IntegrityError:
        words = _("The log is being verified at this moment. Look at how far it is.")
        raise Conflict(words, code="runs", act="ledger.verification_started") from None
    record("ledger.verification_started", agent=agent, entity=Entity("verification", row.pk), purpose=PURPOSE)
    transaction.on_commit(partial(start, row.pk))
    return row


def seen_at(verification_id: UUID, places: int) -> None:
    """So many places are good so far. On a connection apart: the verification itself reads in one long transaction."""
    with cursor_apart() as cursor:
        cursor.execute(_SEEN, [places, verification_id])


@transaction.atomic
def end(verification_id: UUID, outcome: str, *, words: str, places: int | None, bad_place: int | None = None) -> None:
    """The verification is over, and what it found is on the record."""
    rows = Verification.objects.filter(pk=verification_id, ended=None)
    places_now = F("places") if places is None else places
    if rows.update(ended=Now(), outcome=outcome, words=words, bad_place=bad_place, places=places_now):
        state = "success" if outcome == "good" else "failed"
        entity = Entity("verification", verification_id)
        record("ledger.verified", agent=None, outcome=state, reason=outcome, entity=entity, purpose=PURPOSE)


def latest() -> Verification | None:
    """The one that runs, or the last."""
    return Verification.objects.order_by("-started").first()


def is_silent(row: Verification) -> bool:
    """Whether it runs no more, though nobody said that it ended."""
    return row.ended is None and row.looked < timezone.now() - SILENT_AFTER
