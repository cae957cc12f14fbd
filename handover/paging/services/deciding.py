"""Not paging although the score proposes it: somebody says why, and it is on the record."""

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.visible import visible
from handover.paging.models import NotPaged
from handover.paging.sealed import seal_reason
from handover.paging.services.ground import SCORE
from handover.patients import access
from handover.patients.acts import again
from handover.patients.sealed import summary_of
from handover.reach.services import hush
from handover.transfers.services.acts import opening
from ledger.agents import Entity
from live.inbox import Subject
from live.refusals import Conflict, Invalid

NOT_PAGED = "paging.not_sent"
LONGEST_REASON = 500


def decide_not_to_page(actor: Actor, *, key: UUID, patient_id: UUID, observed: UUID, text: str) -> NotPaged:
    """The decision: these observations propose no page any more; the next ones do anew.

    Raises NotFound for a patient who is not theirs, Invalid without a reason, Conflict where the observations are not
    the patient's newest, or a colleague has decided.
    """
    with opening(actor, key=key, event=NOT_PAGED) as act:
        if act.earlier is not None:
            return again(act, NotPaged.objects.filter(patient_id=patient_id))
        granted = access.patient_for(actor, patient_id, act=NOT_PAGED)
        reason = visible(text).strip()
        if not reason or len(reason) > LONGEST_REASON:
            words = _("Say in a line why nobody is paged.")
            raise Invalid(fields={"text": words}, act=NOT_PAGED, patient_id=patient_id)
        newest = summary_of(granted.patient)[1].vital_signs.entries
        if observed not in {each.id for each in newest}:
            raise Conflict(_("There are newer observations. Look at them first."), code="newer", patient_id=patient_id)
        if NotPaged.objects.filter(patient_id=patient_id, observed=observed).exists():
            raise Conflict(_("A colleague has decided this already."), code="decided", patient_id=patient_id)
        row = NotPaged(patient_id=patient_id, observed=observed, decided_by=actor.person, decided=act.now)
        row.sealed_reason = seal_reason(row, reason)
        row.save(force_insert=True)
        hush(Subject(SCORE, patient_id))
        act.record(
            NOT_PAGED,
            patient_id=patient_id,
            entity=Entity("not_paged", row.pk),
            relationship_id=granted.relationship.pk,
        )
        act.settle(row.pk)
    return row
