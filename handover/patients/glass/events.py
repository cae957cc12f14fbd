"""How emergency access is told: to the patient's team, to whoever has it, and to them when they are asked about it.

No notice names the patient. The team opens the patient's page, which is on the record as every opening is.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from handover.patients import access
from handover.patients.models import BreakGlass
from live.drawing import View, register_drawer
from live.models import InboxItem


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    register_drawer("glass.broken", draw_broken)
    register_drawer("glass.ended", draw_ended)
    register_drawer("glass.asked", draw_asked)
    register_drawer("glass.reviewed", draw_reviewed)


def draw_broken(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Who uses emergency access to a patient of the reader's, for a reader who may still see that patient."""
    cases = _cases(items)
    pairs = {(item.person_id, case.patient_id) for item in items if (case := cases.get(item.subject_id))}
    allowed = access.rows_allowing(pairs)
    return {
        item.pk: _broken(case)
        if (case := cases.get(item.subject_id)) and (item.person_id, case.patient_id) in allowed
        else None
        for item in items
    }


def draw_ended(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A reason for the page that is open to look again: the patient is gone from it."""
    cases = _cases(items)
    return {
        item.pk: {"patient": str(cases[item.subject_id].patient_id)} if _is_own(item, cases) else None for item in items
    }


def draw_asked(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """That an officer asks, for the person who is asked."""
    cases = _cases(items)
    return {
        item.pk: {
            "title": _("A question about your emergency access"),
            "line": _("The compliance office asks why. Please answer today."),
            "url": reverse("patients:emergency_answer", args=[item.subject_id]),
            "from": _("Compliance office"),
            "tone": "alert",
        }
        if _is_own(item, cases)
        else None
        for item in items
    }


def draw_reviewed(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """The finding, for the person it is about."""
    cases = _cases(items)
    return {
        item.pk: {
            "title": _("Your emergency access was reviewed"),
            "line": cases[item.subject_id].get_finding_display(),
            "url": reverse("transfers:inbox"),
            "from": _("Compliance office"),
            "tone": "quiet",
        }
        if _is_own(item, cases)
        else None
        for item in items
    }


def _broken(case: BreakGlass) -> View:
    return {
        "title": _("Emergency access to one of your patients"),
        "line": f"{case.person.display_name} · {case.person.get_role_display()} · {case.get_code_display()}",
        "url": reverse("patients:page", args=[case.patient_id]),
        "from": case.person.display_name,
        "tone": "alert",
    }


def _is_own(item: InboxItem, cases: Mapping[UUID, BreakGlass]) -> bool:
    return item.subject_id in cases and cases[item.subject_id].person_id == item.person_id


def _cases(items: Sequence[InboxItem]) -> dict[UUID, BreakGlass]:
    return BreakGlass.objects.select_related("person").in_bulk({item.subject_id for item in items})
