"""The acts around a care team: somebody is named, somebody is taken off. docs/decisions/0065."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person
from handover.patients import access
from handover.patients.models import CareRelationship, Patient
from handover.patients.team import rules
from handover.patients.team.rules import PARTS
from handover.patients.team.selectors import may_name
from ledger import services as ledger
from ledger.agents import Entity
from live import keys
from live.inbox import Announcement, Subject, announce
from live.refusals import Denied, Invalid, NotFound

NAMED, ENDED = "team.named", "team.ended"


@transaction.atomic
def name_to_team(
    actor: Actor, *, key: UUID, patient_id: UUID, person_id: UUID, part: str, hours: int = 0
) -> CareRelationship:
    """The row by which a colleague sees the patient from now on, as `part`; a cover for so many hours.

    An attending physician and a primary nurse there is one of: the one before is taken off. Raises NotFound for a
    patient who is not theirs, Denied for whoever sees the patient for a while only, Invalid for a part, a length or a
    person that do not fit together.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=NAMED)
    granted = access.patient_for(actor, patient_id, act=NAMED)
    if claim.earlier:
        return CareRelationship.objects.get(pk=claim.earlier)
    _require_may_name(actor, patient_id)
    person = _fitting(person_id, part)
    try:
        lasting = rules.lasts(part, hours)
    except ValueError as exc:
        raise Invalid(fields={"hours": _("Choose for how long.")}, act=NAMED, patient_id=patient_id) from exc
    Patient.objects.select_for_update(no_key=True).get(pk=patient_id)  # two who name at once come one after the other
    before = CareRelationship.objects.now().filter(patient_id=patient_id, reason=part)
    for row in before if part in rules.ONE_OF else before.filter(person=person):
        _end(actor, row, by=granted.relationship.pk)
    begins = timezone.now()
    row = CareRelationship.objects.create(
        patient_id=patient_id, person=person, reason=part, begins=begins, ends=begins + lasting if lasting else None
    )
    _record(actor, NAMED, row, by=granted.relationship.pk)
    if person.pk != actor.person.pk:
        announce(Announcement(NAMED, [person.pk], Subject("care_relationship", row.pk)))
    keys.settle(key, result_id=row.pk)
    return row


@transaction.atomic
def take_off_team(actor: Actor, *, key: UUID, patient_id: UUID, member_id: UUID) -> None:
    """Somebody is no longer named: oneself, or anybody by whoever may name. Raises NotFound, and Denied as above."""
    if keys.claim(key, person_id=actor.person.pk, act=ENDED, leads_to=member_id).earlier:
        return
    granted = access.patient_for(actor, patient_id, act=ENDED)
    rows = CareRelationship.objects.now().select_for_update(no_key=True)
    row = rows.filter(pk=member_id, patient_id=patient_id, reason__in=PARTS).first()
    if row is None:
        raise NotFound(act=ENDED, patient_id=patient_id, subject_id=member_id)
    if row.person_id != actor.person.pk:
        _require_may_name(actor, patient_id)
    _end(actor, row, by=granted.relationship.pk)


def _require_may_name(actor: Actor, patient_id: UUID) -> None:
    if not may_name(actor, patient_id):
        words = _("Somebody of the patient's unit names colleagues. Ask there.")
        raise Denied(words, code="not_of_the_unit", act=NAMED, patient_id=patient_id)


def _fitting(person_id: UUID, part: str) -> Person:
    if part not in PARTS:
        raise Invalid(fields={"part": _("Choose what they are for this patient.")}, act=NAMED)
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None or person.role not in rules.roles_of(part):
        raise Invalid(fields={"person": _("Choose a colleague whose role fits.")}, act=NAMED)
    return person


def _end(actor: Actor, row: CareRelationship, *, by: UUID) -> None:
    CareRelationship.objects.filter(pk=row.pk).update(ends=Now())
    _record(actor, ENDED, row, by=by)
    if row.person_id and row.person_id != actor.person.pk:
        announce(Announcement(ENDED, [row.person_id], Subject("care_relationship", row.pk)))


def _record(actor: Actor, event: str, row: CareRelationship, *, by: UUID) -> None:
    ledger.record(
        event,
        agent=actor.agent,
        patient_id=row.patient_id,
        entity=Entity("person", row.person_id) if row.person_id else None,
        relationship_id=by,
        reason=row.reason,
        detail={"row": str(row.pk)},
    )
