"""Lapsing: an acceptance stands for four hours; then whoever accepted is asked anew, and those who sent it learn of it.

Nobody presses a button for this: it is a timer, set by the acts that accept and confirm, dropped by those after which
nobody waits at the gate any more. What counts is how it stands when the timer fires.
"""

from datetime import timedelta
from uuid import UUID

from handover.transfers.models import Acceptance, Handover, Transfer
from handover.transfers.rules import ACCEPTANCE_GOOD_FOR
from handover.transfers.services.acts import Act, Held, about_version, entity_of
from ledger import services as ledger
from live.inbox import Announcement
from live.timers import drop_timer, set_timer

LAPSED = "handover.lapsed"


def keep_time(act: Act, held: Held) -> None:
    """What the act has made of the handover decides: from an acceptance or a confirmation on, the four hours run."""
    handover, move = held.handover, held.handover.transfer
    waits = handover.status == Handover.Status.ACCEPTED and move is not None
    if waits and move is not None and move.status == Transfer.Status.PLANNED:
        accepted = handover.accepted if act.event == "transfer.planned" and handover.accepted else act.now
        set_timer(LAPSED, handover.pk, after=max(ACCEPTANCE_GOOD_FOR - (act.now - accepted), timedelta()))
    else:
        drop_timer(LAPSED, handover.pk)


def lapsed(handover_id: UUID) -> tuple[Announcement, ...]:
    """What tells whoever accepted and the senders, if the patient still waits under that acceptance. It is recorded."""
    # Both rows, as every act on a handover locks them; what the joins know is read after that.
    rows = Handover.objects.select_for_update(of=("self", "patient"), no_key=True).select_related("patient")
    if rows.filter(pk=handover_id).first() is None:
        return ()
    acceptance = _waiting(handover_id)
    if acceptance is None:
        return ()
    handover, version = acceptance.version.handover, acceptance.version
    ledger.record(LAPSED, agent=None, patient_id=handover.patient_id, entity=entity_of(handover))
    people = [acceptance.person_id, handover.author_id, version.author_id]
    return (Announcement(LAPSED, people, about_version(version)),)


def _waiting(handover_id: UUID) -> Acceptance | None:
    waiting = Handover.objects.filter(
        pk=handover_id, status=Handover.Status.ACCEPTED, transfer__status=Transfer.Status.PLANNED
    )
    rows = Acceptance.objects.filter(version_id__in=waiting.values("current_id"))
    return rows.select_related("version__handover__current").first()
