"""What this room shows on a patient's page and in the list: who has them, what waits to be done, where they go."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.directory.selectors import RoleHit, role_hits
from handover.duty.selectors import roles_of_unit
from handover.patients import access
from handover.patients.bedside import reached_by, role_at_bed
from handover.patients.models import CareRelationship, Encounter, Patient
from handover.patients.panels import Mark, Panel
from handover.transfers import sealed
from handover.transfers.models import Handover, OpenAction, Responsibility, Transfer

_OPEN = (Handover.Status.SENT, Handover.Status.ACCEPTED, Handover.Status.DECLINED)


def patient_panel(actor: Actor, patient: Patient) -> Panel:
    """Who has the patient, the handover that is under way, and the open actions. The page has recorded the read."""
    holder = Responsibility.objects.filter(patient=patient, until__isnull=True).select_related("person", "unit").first()
    live = Handover.objects.filter(patient=patient, transfer__status__in=Transfer.LIVE)
    waiting = Handover.objects.filter(patient=patient, transfer__isnull=True, status=Handover.Status.SENT)
    related = ("author", "transfer__to_unit", "to_unit", "to_person")
    under_way = [*live.select_related(*related), *waiting.select_related(*related)]
    drafts = Handover.objects.filter(patient=patient, author=actor.person, status=Handover.Status.DRAFT)
    actions = OpenAction.objects.filter(patient=patient, done__isnull=True, dropped__isnull=True)
    now = timezone.now()
    had = Responsibility.objects.filter(patient=patient, until__isnull=False).select_related("person", "unit")
    row = access.relationship_for(actor, patient.pk) if holder is None else None
    context: dict[str, object] = {
        "patient_id": patient.pk,
        "holder": holder,
        "is_mine": holder is not None and holder.person_id == actor.person.pk,
        # As take_patient has it: only somebody of the unit where the patient is.
        "may_take": row is not None and row.reason == CareRelationship.Reason.UNIT_HAS_PATIENT,
        "had": list(had.order_by("-until", "-since")),
        "under_way": under_way,
        "draft": drafts.order_by("-created").first(),
        "actions": [
            {
                "id": each.pk,
                "action": sealed.action_of(each),
                "owner": each.owner,
                "is_late": each.due is not None and each.due < now,
            }
            for each in actions.select_related("owner").order_by(F("due").asc(nulls_last=True), "pk")
        ],
    }
    return Panel("transfers/_patient_panel.html", context, place="top")


def reach_panel(actor: Actor, patient: Patient) -> Panel | None:
    """Whom to reach for the patient: who has them, and the roles of the unit where they are; None outside.

    On the patient's page, so that two taps lead to a phone that rings. It names staff only.
    """
    stay = Encounter.objects.filter(patient=patient, status=Encounter.Status.ACTIVE).select_related("unit").first()
    if stay is None:
        return None
    holder = Responsibility.objects.filter(patient=patient, until__isnull=True).select_related("person").first()
    context: dict[str, object] = {
        "patient_id": patient.pk,
        "unit": stay.unit,
        "holder": holder.person if holder and holder.person_id != actor.person.pk else None,
        "roles": _hits(patient, stay.unit_id),
    }
    return Panel("transfers/_reach_panel.html", context, place="top")


def _hits(patient: Patient, unit_id: UUID) -> list[RoleHit]:
    """The nurse for the patient's bed first, who is found as a page would find them; then the roles of the unit."""
    now, bedside = timezone.now(), role_at_bed(patient.pk)
    beds = [bedside] if bedside else []
    hits = role_hits([*beds, *roles_of_unit(unit_id)], at=now)
    nurse = reached_by(bedside, patient_id=patient.pk, at=now) if bedside else None
    return [replace(hit, held=nurse) if hit.role.bed and hit.is_covered else hit for hit in hits]


def row_marks(actor: Actor, patient_ids: Sequence[UUID]) -> dict[UUID, Sequence[Mark]]:
    """Where each patient of a list is going, seen from the reader's unit. One query."""
    rows = Transfer.objects.filter(patient_id__in=patient_ids, status__in=Transfer.LIVE)
    marks: dict[UUID, list[Mark]] = defaultdict(list)
    for row in rows.select_related("to_unit", "from_unit"):
        marks[row.patient_id].append(_mark(row, actor.unit_id))
    return dict(marks)


def _mark(row: Transfer, unit_id: UUID | None) -> Mark:
    if row.to_unit_id == unit_id:
        return Mark(_("from %(unit)s") % {"unit": row.from_unit.short_name}, tone="in", icon="log-in")
    words = _("on the way to %(unit)s") if row.status == Transfer.Status.DEPARTED else _("to %(unit)s")
    return Mark(words % {"unit": row.to_unit.short_name}, tone="out", icon="arrow-right-left")
