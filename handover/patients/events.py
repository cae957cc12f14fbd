"""What this room announces: that a patient's record has changed. Whoever has the patient open sees it by itself.

The event names nobody and says nothing of the patient: it is a reason to look again, and looking is on the record.
"""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import CLINICAL_ROLES, Duty, Person
from handover.patients import access
from handover.patients.models import CareRelationship
from live.drawing import View, register_drawer
from live.inbox import Announcement, Subject
from live.models import InboxItem

EVENTS = ("summary.changed", "severity.set")


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    for event in EVENTS:
        register_drawer(event, draw)


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """The patient to look at again, for a reader who may still see them."""
    allowed = access.rows_allowing({(item.person_id, item.subject_id) for item in items})
    return {
        item.pk: {"patient": str(item.subject_id)} if (item.person_id, item.subject_id) in allowed else None
        for item in items
    }


def record_changed(event: str, patient_id: UUID, *, by: Actor | None) -> Announcement:
    """What tells whoever looks after the patient now that there is something new; not the person who entered it."""
    people = [each for each in looking_after(patient_id) if by is None or each != by.person.pk]
    return Announcement(event, people, Subject("patient", patient_id))


def looking_after(patient_id: UUID) -> list[UUID]:
    """Who sees the patient by a row of their own, and who is on duty in a unit that has them: those who may be looking.

    Somebody of the unit who is off duty reads it when they open it.
    """
    rows = list(CareRelationship.objects.now().filter(patient_id=patient_id).values_list("person_id", "unit_id"))
    units = {unit_id for _person, unit_id in rows if unit_id}
    on_duty = Duty.objects.at(timezone.now()).filter(unit_id__in=units).values("person_id")
    own = {person_id for person_id, _unit in rows if person_id}
    people = Person.objects.filter(is_active=True, role__in=list(CLINICAL_ROLES))
    found = people.filter(pk__in=own) | people.filter(pk__in=on_duty)
    return list(found.order_by("pk").values_list("pk", flat=True))
