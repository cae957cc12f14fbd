"""What rooms above do when a patient's summary has changed, inside the transaction of that change.

This room does not know what hangs on a summary; the room that does registers here when the app starts.
"""

from collections.abc import Callable

from accounts.actors import Actor
from handover.patients.documents import Summary
from handover.patients.models import Patient

Follower = Callable[[Actor | None, Patient, Summary, Summary], None]
_followers: list[Follower] = []


def register_follower(follower: Follower) -> None:
    """From now on `follower(actor, patient, before, after)` is called for each new version of a summary.

    It runs last in the act, under the patient's lock: it may announce, and must lock nothing else.
    """
    if follower not in _followers:
        _followers.append(follower)


def follow(actor: Actor | None, patient: Patient, *, before: Summary, after: Summary) -> None:
    """Tells whoever registered, as the last thing before the commit."""
    for follower in _followers:
        follower(actor, patient, before, after)
