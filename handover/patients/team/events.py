"""How being named to a care team, and being taken off, is told to the colleague. No notice names the patient."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from handover.patients.models import CareRelationship
from live.drawing import View, register_drawer
from live.models import InboxItem


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    register_drawer("team.named", draw_named)
    register_drawer("team.ended", draw_ended)


def draw_named(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """The card, for the colleague themselves, while they are named."""
    rows = _rows(items, CareRelationship.objects.now())
    return {item.pk: _named(rows[item.subject_id]) if _is_own(item, rows) else None for item in items}


def draw_ended(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A reason for a page that is open to look again: the patient may be gone from it."""
    rows = _rows(items, CareRelationship.objects.all())
    return {
        item.pk: {"patient": str(rows[item.subject_id].patient_id)} if _is_own(item, rows) else None for item in items
    }


def _named(row: CareRelationship) -> View:
    return {
        "title": _("You are named for a patient"),
        "line": row.get_reason_display(),
        "url": reverse("patients:page", args=[row.patient_id]),
        "tone": "quiet",
    }


def _is_own(item: InboxItem, rows: dict[UUID, CareRelationship]) -> bool:
    return item.subject_id in rows and rows[item.subject_id].person_id == item.person_id


def _rows(items: Sequence[InboxItem], among: QuerySet[CareRelationship]) -> dict[UUID, CareRelationship]:
    return among.in_bulk({item.subject_id for item in items}) if items else {}
