"""Has the log's newest checkpoint co-signed by every witness, and says how it stands.

Every serving process looks each five seconds; a row of `ledger_asked`, moved on before the network is touched, lets one
of them ask. A witness that is away is asked again after longer and longer pauses, a minute at most. One that has seen
another history is an alarm, and stays one: the log, or its copy that was restored, is not the one it has signed before.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db import connection, transaction
from django.db.models.functions import Now

from ledger import published, witnesses
from ledger.models import Asked, Checkpoint, Cosignature
from ledger.services import record
from ledger.witnesses import Answer, Answered, Witness
from live.refusals import NotFound

logger = logging.getLogger("readback.ledger")
ROUND_SECONDS = 5.0
LONGEST_PAUSE = timedelta(minutes=1)
# How old the newest checkpoint may be that nobody outside has seen yet, before that is said.
LONGEST_UNSEEN = timedelta(minutes=2)
_LEASE = """
UPDATE ledger_asked SET next = statement_timestamp() + make_interval(secs => %s)
WHERE witness = %s AND next <= statement_timestamp()
RETURNING known, failures
"""
IN_CONTRADICTION = frozenset({Answer.AHEAD, Answer.CONTRADICTED})


class State(StrEnum):
    """How far others vouch for the log."""

    NOBODY = "nobody"
    CONTRADICTED = "contradicted"
    BEHIND = "behind"
    WITNESSED = "witnessed"


@dataclass(frozen=True)
class Standing:
    """One witness: the last size it co-signed, when by its clock, and its last answer."""

    name: str
    size: int = 0
    seen: datetime | None = None
    answer: str = ""
    known: int | None = None
    answered: datetime | None = None


def state_of(
    standings: Sequence[Standing], *, quorum: int, unseen_since: datetime | None, at: datetime
) -> tuple[State, int]:
    """The state, and the size up to which at least `quorum` witnesses have co-signed.

    `unseen_since` is when the first checkpoint after that size was made. One witness that contradicts outweighs any
    number that do not: two histories of one log cannot both be true.
    """
    sizes = sorted((standing.size for standing in standings), reverse=True)
    covered = sizes[quorum - 1] if len(sizes) >= quorum else 0
    if any(standing.answer in IN_CONTRADICTION for standing in standings):
        return State.CONTRADICTED, covered
    if len(standings) < quorum:
        return State.NOBODY, covered
    if unseen_since is not None and at - unseen_since > LONGEST_UNSEEN:
        return State.BEHIND, covered
    return State.WITNESSED, covered


def standings() -> list[Standing]:
    """How it stands with each configured witness, in their order."""
    asked = Asked.objects.in_bulk()
    return [_standing(witness.name, asked.get(witness.name)) for witness in witnesses.configured()]


def _standing(name: str, asked: Asked | None) -> Standing:
    last = Cosignature.objects.filter(witness=name).order_by("-size").first()
    size, seen = (last.size, last.seen) if last else (0, None)
    if asked is None:
        return Standing(name, size, seen)
    return Standing(name, size, seen, asked.answer, asked.known, asked.answered)


def unseen_since(covered: int) -> datetime | None:
    """When the first checkpoint beyond `covered` was made, None where there is none."""
    later = Checkpoint.objects.filter(size__gt=covered).order_by("size")
    return later.values_list("made", flat=True).first()


def cosigned(checkpoint: Checkpoint) -> str:
    """The checkpoint's note with the line of each witness that co-signed this size."""
    lines = Cosignature.objects.filter(size=checkpoint.size).order_by("witness").values_list("line", flat=True)
    return checkpoint.note + "".join(lines)


def ask_all() -> None:
    """One look of a serving process: whoever is due is shown the newest checkpoint."""
    for witness in witnesses.configured():
        Asked.objects.bulk_create([Asked(witness=witness.name)], ignore_conflicts=True)
        with connection.cursor() as cursor:
            cursor.execute(_LEASE, [ROUND_SECONDS, witness.name])
            leased = cursor.fetchone()
        if leased is not None:
            _ask(witness, failures=leased[1])


def _ask(witness: Witness, *, failures: int) -> None:
    try:
        newest = published.newest_checkpoint()
    except NotFound:
        return
    mine = Cosignature.objects.filter(witness=witness.name).order_by("-size").values_list("size", flat=True).first()
    if mine == newest.size and not failures:
        return
    answered = _shown(witness, newest, old=mine or 0)
    if answered.answer is None and answered.known is not None:
        # It has seen another size than is known here: an answer was lost, or the log was set back.
        answered = _from_there(witness, newest, known=answered.known)
    _keep(witness, newest, answered, failures=failures)


def _shown(witness: Witness, newest: Checkpoint, *, old: int) -> Answered:
    proof = published.consistency(old, newest.size) if 0 < old < newest.size else []
    return witnesses.ask(witness, newest.note, old=old, proof=proof)


def _from_there(witness: Witness, newest: Checkpoint, *, known: int) -> Answered:
    if known > newest.size:
        return Answered(Answer.AHEAD, known=known)
    again = _shown(witness, newest, old=known)
    # Asked by somebody else in between: later.
    return Answered(again.answer or Answer.UNREACHABLE, again.line, again.seconds, known)


@transaction.atomic
def _keep(witness: Witness, newest: Checkpoint, answered: Answered, *, failures: int) -> None:
    row = Asked.objects.select_for_update().get(pk=witness.name)
    is_news = answered.answer != row.answer
    row.answer, row.known, row.answered = str(answered.answer), answered.known, datetime.now(UTC)
    row.failures = 0 if answered.answer == Answer.COSIGNED else failures + 1
    if answered.answer == Answer.COSIGNED:
        seen = datetime.fromtimestamp(answered.seconds, UTC)
        kept = Cosignature(witness=witness.name, size=newest.size, line=answered.line, seen=seen)
        Cosignature.objects.bulk_create([kept], ignore_conflicts=True)
    else:
        row.next = Now() + min(LONGEST_PAUSE, timedelta(seconds=ROUND_SECONDS) * 2 ** min(failures, 6))
    row.save()
    if is_news:
        _say(row)


def _say(row: Asked) -> None:
    """A change of the answer is on the record, and in the process's log where it is bad."""
    detail: dict[str, int | str | list[str]] = {"witness": row.witness}
    if row.known is not None:
        detail["known"] = row.known
    outcome = "success" if row.answer == Answer.COSIGNED else "failed"
    record("ledger.witness_answered", agent=None, outcome=outcome, reason=row.answer, purpose="HOPERAT", detail=detail)
    if row.answer in IN_CONTRADICTION:
        logger.error("ledger.contradicted", extra={"witness": row.witness})
