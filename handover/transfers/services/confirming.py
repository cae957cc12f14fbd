"""Confirming: whoever accepted looks at the patient as they are now, when that is not what they accepted."""

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.patients.acts import again
from handover.patients.sealed import summary_of
from handover.transfers import facts
from handover.transfers.models import Acceptance, Confirmation
from handover.transfers.services.acts import Held, about_version, hold, opening, require, require_current
from handover.transfers.services.lapsing import keep_time
from live.refusals import Conflict


def confirm(actor: Actor, *, key: UUID, handover_id: UUID, version_id: UUID, summary_number: int) -> Confirmation:
    """The acceptance stands for the patient as they are in this version of the record, which the actor was shown.

    Raises NotFound; Denied for anybody but whoever accepted; Conflict when nothing has changed, when the vital signs
    are gone, or when the handover or the record has changed since it was shown.
    """
    with opening(actor, key=key, event="handover.confirmed") as act:
        if act.earlier is not None:
            return again(act, Confirmation.objects.filter(acceptance__version__handover_id=handover_id))
        held = hold(act, handover_id)
        held = Held(seen=facts.with_gate(held.seen, actor, now=act.now), relationship=held.relationship)
        require(held, "confirm")
        version = require_current(held, version_id)
        number, _summary = summary_of(held.patient)
        if number != summary_number:
            words = _("The record has changed since you opened this. Look at it again, then confirm.")
            raise Conflict(words, code="old_record", subject_id=handover_id, patient_id=held.handover.patient_id)
        row = Confirmation.objects.create(
            acceptance=Acceptance.objects.get(version=version),
            person=actor.person,
            summary_number=number,
            confirmed=act.now,
        )
        keep_time(act, held)
        act.tell("handover.confirmed", held.senders, about_version(version))
        act.conclude(held, row.pk, detail={"number": version.number, "summary": number})
    return row
