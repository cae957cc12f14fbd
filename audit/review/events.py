"""How a flag is told: to officers when it is raised at once, answered or overdue, and to the person who is asked.

No notice says what the flag is about: an officer opens it, on record, and so does the person.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.events import for_officers
from audit.review.models import Flag, PatientMark
from live.drawing import View, register_drawer
from live.models import InboxItem

_TO_OFFICERS: Mapping[str, Promise] = {
    "flag.raised": gettext_lazy("A flag that should not wait"),
    "flag.answered": gettext_lazy("Your question was answered"),
    "flag.overdue": gettext_lazy("A flag is overdue for review"),
}


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    for event in _TO_OFFICERS:
        register_drawer(event, draw_for_officers)
    register_drawer("flag.asked", draw_asked)
    register_drawer("flag.settled", draw_settled)


def draw_for_officers(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Whose flag it is, for every officer whose own matter it is not."""
    flags = _flags(items)
    staff = PatientMark.objects.filter(staff__in={item.person_id for item in items}, ended__isnull=True)
    own_records = set(staff.values_list("staff_id", "patient_id"))

    def view(item: InboxItem) -> View | None:
        flag = flags.get(item.subject_id)
        if flag is None or flag.person_id == item.person_id or (item.person_id, flag.patient_id) in own_records:
            return None
        return {
            "title": str(_TO_OFFICERS[item.event]),
            "line": f"{flag.person.display_name} · {flag.person.get_role_display()}",
            "url": reverse("audit:flag", args=[flag.pk]),
            "from": flag.person.display_name,
            "tone": "alert",
        }

    return for_officers(items, view)


def draw_asked(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """That an officer asks, for the person who is asked."""
    flags = _flags(items)

    def view(item: InboxItem) -> View | None:
        flag = flags.get(item.subject_id)
        if flag is None or flag.person_id != item.person_id:
            return None
        is_open = flag.answered is None and flag.settled is None
        asks, over = _("The compliance office asks. Two taps answer it."), _("You have answered, or it is settled.")
        return {
            "title": _("A question about a record"),
            "line": asks if is_open else over,
            "url": reverse("audit:flag_answer", args=[flag.pk]),
            "from": _("Compliance office"),
            "tone": "alert" if is_open else "quiet",
        }

    return {item.pk: view(item) for item in items}


def draw_settled(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """The finding, for the person it is about."""
    flags = _flags(items)

    def view(item: InboxItem) -> View | None:
        flag = flags.get(item.subject_id)
        if flag is None or flag.person_id != item.person_id:
            return None
        return {
            "title": _("The question about a record is settled"),
            "line": flag.get_finding_display(),
            "url": reverse("audit:flag_answer", args=[flag.pk]),
            "from": _("Compliance office"),
            "tone": "quiet",
        }

    return {item.pk: view(item) for item in items}


def _flags(items: Sequence[InboxItem]) -> dict[UUID, Flag]:
    return Flag.objects.select_related("person").in_bulk({item.subject_id for item in items})
