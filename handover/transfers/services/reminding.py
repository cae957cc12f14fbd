"""Reminding: whoever is to receive a handover and has not accepted it hears of it once more."""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import ngettext

from accounts.actors import Actor
from handover.patients.acts import again
from handover.transfers.models import Reminder
from handover.transfers.services.acts import Act, Held, hold, opening, require
from handover.transfers.services.addresses import people_now
from live.inbox import Subject
from live.refusals import Conflict

# Long enough to put down what one holds and read seven lines; a phone that rings without end is switched off.
REMIND_AGAIN_AFTER = timedelta(minutes=2)


def remind(actor: Actor, *, key: UUID, handover_id: UUID) -> Reminder:
    """The reminder, in the inbox of everybody whom the handover reaches now, as when it was sent.

    Raises NotFound; Denied for the receiving side; Conflict once it was accepted or declined, and within two minutes of
    the last reminder, whoever of the unit it came from.
    """
    with opening(actor, key=key, event="handover.reminded") as act:
        if act.earlier is not None:
            return again(act, Reminder.objects.filter(handover_id=handover_id))
        held = hold(act, handover_id)
        require(held, "remind")
        _require_pause(act, held)
        people = people_now(held.handover, now=act.now)
        row = Reminder.objects.create(handover=held.handover, reminded_by=actor.person, reminded=act.now)
        act.tell("handover.reminded", [*people, *held.senders], Subject("reminder", row.pk))
        act.conclude(held, row.pk, detail={"recipients": len(people)})
    return row


def _require_pause(act: Act, held: Held) -> None:
    last = held.handover.reminders.order_by("-reminded").values_list("reminded", flat=True).first()
    wait = last + REMIND_AGAIN_AFTER - act.now if last else timedelta()
    if wait > timedelta():
        seconds = -(-wait // timedelta(seconds=1))
        words = ngettext(
            "They were reminded a moment ago. Wait %(seconds)s second, or call.",
            "They were reminded a moment ago. Wait %(seconds)s seconds, or call.",
            seconds,
        )
        raise Conflict(
            words % {"seconds": seconds},
            code="too_soon",
            subject_id=held.handover.pk,
            patient_id=held.handover.patient_id,
        )
