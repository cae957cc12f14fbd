"""The acts on marks: an officer says that a patient works here, or is known to the public, and that it is so no longer.

The hospital keeps no birth dates of its staff, so the product cannot know by itself who of them is a patient here; who
reads the record says it, with a reason, and each mark is on record.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Person
from audit.review import sealed
from audit.review.models import PatientMark
from audit.review.services import WORDS, require_officer
from ledger import services as ledger
from ledger.agents import Entity
from live import keys
from live.acting import acting_as_system
from live.refusals import Conflict, Invalid, NotFound


@acting_as_system("audit.flags")
@transaction.atomic
def mark_patient(actor: Actor, *, key: UUID, patient_id: UUID, kind: str, staff: Person | None, why: str) -> UUID:
    """The id of the mark. `staff` is who the patient is, for "works here". Raises NotFound, Invalid, Conflict."""
    claim = keys.claim(key, person_id=actor.person.pk, act="mark.made")
    if claim.earlier:
        return claim.earlier
    require_officer(actor, act="mark.made")
    if (kind == PatientMark.Kind.STAFF) != (staff is not None) or kind not in PatientMark.Kind.values:
        raise Invalid(fields={"staff": _("Say who of the staff the patient is.")}, act="mark.made")
    if not why.strip():
        raise Invalid(fields={"why": _("Say how you know it.")}, act="mark.made")
    mark = PatientMark(patient_id=patient_id, kind=kind, staff=staff, marked_by=actor.person)
    mark.sealed_why = sealed.seal_why(mark, why.strip()[:WORDS])
    try:
        with transaction.atomic():
            mark.save(force_insert=True)
    except IntegrityError:
        words = _("This patient is marked so already. End that mark first.")
        raise Conflict(words, code="marked", act="mark.made", patient_id=patient_id) from None
    _record(actor, "mark.made", mark)
    keys.settle(key, result_id=mark.pk)
    return mark.pk


@acting_as_system("audit.flags")
@transaction.atomic
def end_mark(actor: Actor, *, key: UUID, mark_id: UUID) -> None:
    """The mark holds no longer. Raises NotFound, also for the mark on oneself."""
    if keys.claim(key, person_id=actor.person.pk, act="mark.ended").earlier:
        return
    require_officer(actor, act="mark.ended")
    rows = PatientMark.objects.select_for_update(no_key=True).filter(ended=None, pk=mark_id)
    mark = rows.first()
    if mark is None or mark.staff_id == actor.person.pk:
        raise NotFound(act="mark.ended", subject_id=mark_id)
    mark.ended, mark.ended_by = timezone.now(), actor.person
    mark.save(update_fields=["ended", "ended_by"])
    _record(actor, "mark.ended", mark)
    keys.settle(key, result_id=mark.pk)


def _record(actor: Actor, event: str, mark: PatientMark) -> None:
    ledger.record(
        event,
        agent=actor.agent,
        patient_id=mark.patient_id,
        entity=Entity("mark", mark.pk),
        purpose=PURPOSE,
        detail={"kind": mark.kind},
    )
