"""What rooms above do when a patient's summary has changed, inside the transaction of that change.

This room does not know what hangs on a summary; the room that does registers here when the app starts.
"""

from collections.abc import Callable, Iterable

from accounts.actors import Actor
from handover.patients.documents import Summary
from handover.patients.events import record_changed
from handover.patients.models import Patient
from live.inbox import Announcement, announce

Follower = Callable[[Actor | None, Patient, Summary, Summary], Iterable[Announcement]]
_followers: list[Follower] = []


def register_follower(follower: Follower) -> None:
    """From now on `follower(actor, patient, before, after)` is called for each new version of a summary.

    It runs last in the act, under the patient's lock, and locks nothing else: what it wants to be announced it gives
    back, since an act announces once.
    """
    if follower not in _followers:
        _followers.append(follower)


def follow(actor: Actor | None, patient: Patient, *, before: Summary, after: Summary) -> None:
    """Tells whoever registered, and whoever looks after the patient, as the last thing before the commit."""
    news = [said for follower in _followers for said in follower(actor, patient, before, after)]
    if before != after:
        news.insert(0, record_changed("summary.changed", patient.pk, by=actor))
    announce(*news)
