"""Is the record what it was? What the officer sees at a glance, and the verdict in words: a rule over plain facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actors import PURPOSE, Actor
from audit.selectors import require_officer
from ledger import sequencer, verifications, witnessing
from ledger.logins import may_sequence
from ledger.models import Checkpoint, Verification, Waiting
from ledger.services import record
from ledger.witnessing import Standing, State

# The log promises a place within ten seconds and an alarm after sixty.
LONGEST_WAIT = timedelta(minutes=1)
# A whole verification is due each week.
VERIFIED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Integrity:
    """The log as it stands: the newest checkpoint, what waits, who outside has seen it, the last verification."""

    checkpoint: Checkpoint | None
    waiting: int
    longest_wait: timedelta
    witnesses: Sequence[Standing]
    quorum: int
    state: State
    witnessed: int
    verification: Verification | None
    is_silent: bool
    last_good: Verification | None
    at: datetime
    # Whether this server has the login that gives events their places. Another one may have it instead.
    may_sequence: bool = True

    @property
    def size(self) -> int:
        """How many events have their place."""
        return self.checkpoint.size if self.checkpoint else 0

    @property
    def age(self) -> timedelta:
        """How old the newest checkpoint is."""
        return self.at - self.checkpoint.made if self.checkpoint else timedelta()

    @property
    def is_late(self) -> bool:
        """Whether an event waits longer for its place than the log promises."""
        return self.longest_wait > LONGEST_WAIT

    @property
    def percent(self) -> int:
        """How far the verification that runs is."""
        row = self.verification
        return min(100, 100 * row.places // max(row.expected, 1)) if row else 0

    @property
    def is_running(self) -> bool:
        """Whether somebody is verifying now."""
        return self.verification is not None and self.verification.ended is None and not self.is_silent


class Tone(StrEnum):
    """How the verdict is drawn."""

    GOOD = ""
    ODD = "odd"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing to know: what it is, what it means, and what to do next."""

    tone: Tone
    title: Promise
    means: Promise
    next: Promise


TAMPERED = Finding(
    Tone.BAD,
    _("No. The last verification found a change"),
    _("Something is no longer what was signed. It did not come through Readback: a person or a fault changed it."),
    _(
        "Change nothing. Keep a copy of the database as it is now, compare it with the last backup, and call "
        "whoever may decide on an incident. Care goes on: handovers do not need the old entries."
    ),
)
CONTRADICTED = Finding(
    Tone.BAD,
    _("No. A witness has seen another history"),
    _(
        "Somebody outside has co-signed more of this log, or something else, than stands here. An old backup "
        "was restored, or somebody signed the log anew."
    ),
    _(
        "Ask who restored a backup, and when. Ask the witness for the checkpoint that it holds, and verify "
        "with it. Until then, what happened in between is not proved."
    ),
)
LATE = Finding(
    Tone.BAD,
    _("Events wait too long for their place"),
    _(
        "What happened in the last minutes is on the record, but not yet under a signature. No server is "
        "giving places, or the log's key cannot be read."
    ),
    _("Ask the administrators to look at the server's messages: they name the reason."),
)
NOBODY_ORDERS = Finding(
    Tone.BAD,
    _("Nobody gives events their place in the log"),
    _(
        "What happens is on the record, but under no signature. This server was not given the database login that "
        "orders the log, and no other program is doing it."
    ),
    _(
        "Ask the administrators to set READBACK_SEQUENCER_URL for the servers, or to run “manage.py ledger "
        "sequence” where it is set. What waits gets its place then; nothing is lost."
    ),
)
NOBODY = Finding(
    Tone.BAD,
    _("Nobody outside remembers this log"),
    _(
        "The hospital alone has signed it. Whoever holds its key and the database could write another history, and "
        "nobody would know."
    ),
    _("Ask a partner to run a witness. It takes one file and an hour, and it never sees an event."),
)
BEHIND = Finding(
    Tone.ODD,
    _("The witnesses are behind"),
    _("The newest events are signed by the hospital, but nobody outside has seen them yet."),
    _("A witness may be away. If it lasts for an hour, call whoever runs it."),
)
UNVERIFIED = Finding(
    Tone.ODD,
    _("Not verified for a week"),
    _(
        "Nothing is known to be wrong. But the whole log was not checked from its first entry on in the last "
        "seven days."
    ),
    _("Verify it now. It takes seconds to minutes, and nobody has to wait."),
)
NOT_PROVABLE = Finding(
    Tone.ODD,
    _("The last verification could not prove it"),
    _("Nothing was found to be changed, but not all of it is under a signature that could be checked."),
    _("Read below what is missing, mend it, and verify again."),
)
GOOD = Finding(
    Tone.GOOD,
    _("Nothing has been changed, as far as checked"),
    _(
        "A change behind the application's back is not prevented, but found: here, by a witness, or by "
        "whoever kept a checkpoint."
    ),
    _("Print a checkpoint now and then, and keep the paper somewhere else."),
)


def findings(facts: Integrity) -> list[Finding]:
    """What is to be known, the worst first; GOOD alone where there is nothing else."""
    last = facts.verification
    is_old = (
        facts.last_good is None or facts.last_good.ended is None or facts.at - facts.last_good.ended > VERIFIED_WITHIN
    )
    found = {
        TAMPERED: last is not None and last.outcome == "tampered",
        CONTRADICTED: facts.state == State.CONTRADICTED,
        LATE: facts.is_late and facts.may_sequence,
        NOBODY_ORDERS: facts.is_late and not facts.may_sequence,
        NOBODY: facts.state == State.NOBODY,
        NOT_PROVABLE: last is not None and last.outcome == "not_provable",
        BEHIND: facts.state == State.BEHIND,
        UNVERIFIED: is_old,
    }
    return [finding for finding, is_so in found.items() if is_so] or [GOOD]


def integrity(actor: Actor, *, is_recorded: bool = True) -> Integrity:
    """How the log stands. On record, but for the page's own asking how far a verification is. Raises NotFound."""
    require_officer(actor)
    if is_recorded:
        record("audit.integrity_read", agent=actor.agent, purpose=PURPOSE)
    at, seen = timezone.now(), witnessing.standings()
    quorum = settings.LOG_WITNESS_QUORUM
    _state, covered = witnessing.state_of(seen, quorum=quorum, unseen_since=None, at=at)
    state, _covered = witnessing.state_of(seen, quorum=quorum, unseen_since=witnessing.unseen_since(covered), at=at)
    verification = verifications.latest()
    return Integrity(
        checkpoint=Checkpoint.objects.order_by("-size").first(),
        waiting=Waiting.objects.count(),
        longest_wait=sequencer.longest_wait(),
        witnesses=seen,
        quorum=quorum,
        state=state,
        witnessed=covered,
        verification=verification,
        is_silent=verification is not None and verifications.is_silent(verification),
        last_good=Verification.objects.filter(outcome="good").order_by("-ended").first(),
        at=at,
        may_sequence=may_sequence(),
    )
