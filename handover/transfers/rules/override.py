"""An override of the gate: what it covers, when it ends, and by when it is looked at. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext, gettext_noop

from handover.transfers.rules.gate import Reason

# One person opens the gate alone, for whatever comes: that is for the trolley that is being pushed, not for the shift.
EMERGENCY_GOOD_FOR = timedelta(hours=1)
# While those who were there remember it. Local policy, approved by the hospital.
REVIEW_WITHIN = timedelta(hours=72)

_LOCKS = {
    "declined": gettext_noop("the receiver had declined"),
    "not_sent": gettext_noop("no handover was on its way"),
    "no_synthesis": gettext_noop("nobody had said it back"),
    "synthesis_corrected": gettext_noop("what was said back was corrected, and not said anew"),
    "not_accepted": gettext_noop("nobody had accepted"),
    "old_version": gettext_noop("an older version had been accepted"),
    "accepted_elsewhere": gettext_noop("somebody of another unit had accepted"),
    "open_question": gettext_noop("a question was open"),
    "item_open": gettext_noop("required items were not checked"),
    "item_missing": gettext_noop("a required item was missing"),
    "vitals_changed": gettext_noop("the vital signs had changed since acceptance"),
    "vitals_gone": gettext_noop("the vital signs were gone"),
    "accepted_long_ago": gettext_noop("the acceptance was too old"),
}


@dataclass(frozen=True)
class Asked:
    """An override as it was asked for: the codes of the locks there were, and whether a second person has approved."""

    requested: datetime
    locks: Collection[str]
    is_emergency: bool
    is_approved: bool


def emergency_ends(requested: datetime) -> datetime:
    """When an emergency override ends by itself, if the patient has not left before."""
    return requested + EMERGENCY_GOOD_FOR


def has_ended(asked: Asked, *, now: datetime) -> bool:
    """Whether it was an emergency whose hour is over: it has to be asked for again."""
    return asked.is_emergency and not asked.is_approved and now >= emergency_ends(asked.requested)


def is_usable(asked: Asked, reasons: Iterable[Reason], *, now: datetime) -> bool:
    """Whether the patient may leave under it: an emergency within its hour, or approved for every lock there is now.

    A lock that came after it was asked for was not what the second person agreed to, be it of a kind that there was.
    """
    if asked.is_emergency:
        return not has_ended(asked, now=now)
    return asked.is_approved and all(
        reason.code in asked.locks and (reason.since is None or reason.since <= asked.requested) for reason in reasons
    )


def is_overdue(counted_from: datetime, *, now: datetime) -> bool:
    """Whether it should have been reviewed by now: from the departure, or from the asking where nobody left."""
    return now - counted_from > REVIEW_WITHIN


def lock_words(codes: Iterable[str]) -> tuple[str, ...]:
    """The locks that stood, in words that name nobody. A code that is not known is shown as it is."""
    return tuple(gettext(_LOCKS.get(code, code)) for code in codes)
