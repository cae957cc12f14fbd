"""How an officer is told at once: of emergency access, of its answer, of one that is overdue, and of an alert."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Role
from handover.patients.models import AccessAlert, BreakGlass
from live.drawing import View, register_drawer
from live.models import InboxItem

GLASS: Mapping[str, Promise] = {
    "glass.to_review": _("Emergency access to a patient"),
    "glass.answered": _("Your question was answered"),
    "glass.overdue": _("Emergency access is overdue for review"),
}


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    for event in GLASS:
        register_drawer(event, draw_glass)
    register_drawer("access.alerted", draw_alerts)


def draw_glass(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Who broke the glass and why, by code. Nothing of the patient."""
    cases = BreakGlass.objects.select_related("person").in_bulk({item.subject_id for item in items})

    def view(item: InboxItem) -> View | None:
        case = cases.get(item.subject_id)
        if case is None or case.person_id == item.person_id:
            return None
        return {
            "title": str(GLASS[item.event]),
            "line": f"{case.person.display_name} · {case.person.get_role_display()} · {case.get_code_display()}",
            "url": reverse("audit:emergency", args=[case.pk]),
            "from": case.person.display_name,
            "tone": "alert",
        }

    return for_officers(items, view)


def draw_alerts(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Whose way of looking patients up stands out, and how."""
    alerts = AccessAlert.objects.select_related("person").in_bulk({item.subject_id for item in items})

    def view(item: InboxItem) -> View | None:
        alert = alerts.get(item.subject_id)
        if alert is None or alert.person_id == item.person_id:
            return None
        return {
            "title": alert.get_kind_display(),
            "line": f"{alert.person.display_name} · {alert.person.get_role_display()}",
            "url": reverse("audit:emergencies"),
            "from": alert.person.display_name,
            "tone": "alert",
        }

    return for_officers(items, view)


def for_officers(items: Sequence[InboxItem], view: Callable[[InboxItem], View | None]) -> dict[int, View | None]:
    """What `view` says to each reader who is an officer now; nothing to anybody else."""
    readers: set[UUID] = {item.person_id for item in items}
    rows = Person.objects.filter(pk__in=readers, is_active=True, role=Role.COMPLIANCE_OFFICER)
    officers = set(rows.values_list("pk", flat=True))
    return {item.pk: view(item) if item.person_id in officers else None for item in items}
