"""Which tasks wait for their owner in the inbox: those that are due within the hour, or were. The others stand with
their patients, and in the next handover.

The inbox says for whom and by when; what is to be done stands on the page of the patient, which is a read on record.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.patients import access
from handover.patients.documents import Headline
from handover.transfers.listed import headlines_for, line_of
from handover.transfers.models import OpenAction
from handover.transfers.waiting import Waits
from live.drawing import View
from live.inbox import Subject
from live.models import InboxItem

DUE = "action.due"
SOON = timedelta(hours=1)
# Nobody reads more of them at once; the oldest come first.
MOST = 100
_LATE_RANK, _SOON_RANK = 1, 3


def waiting_tasks(actor: Actor) -> Sequence[Waits]:
    """This person's own, of patients whom they may see. It opens nothing: it is asked for a count, too."""
    if not actor.person.is_clinician:
        return []
    now = timezone.now()
    rows = OpenAction.objects.filter(
        owner=actor.person, done__isnull=True, dropped__isnull=True, due__lte=now + SOON
    ).filter(patient__in=access.visible_to(actor))
    found = rows.order_by("due").values_list("pk", "due")[:MOST]
    return [
        Waits(DUE, Subject("action", pk), due - SOON, _LATE_RANK if due < now else _SOON_RANK)
        for pk, due in found
        if due is not None
    ]


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A view of each task for its reader, who sees its patient; None for one that is done, or not theirs to see."""
    rows = OpenAction.objects.in_bulk({item.subject_id for item in items})
    headlines = headlines_for(
        {(item.person_id, rows[item.subject_id].patient_id) for item in items if item.subject_id in rows}
    )
    views: dict[int, View | None] = {}
    for item in items:
        row = rows.get(item.subject_id)
        headline = headlines.get((item.person_id, row.patient_id)) if row is not None else None
        views[item.pk] = _view(row, headline) if row is not None and headline is not None else None
    return views


def _view(row: OpenAction, headline: Headline) -> View | None:
    if row.due is None or row.done is not None or row.dropped is not None:
        return None
    time = timezone.localtime(row.due).strftime("%H:%M")
    title = _("Task late: it was due %(time)s") if row.due < timezone.now() else _("Task due %(time)s")
    return {
        "title": title % {"time": time},
        "line": line_of(headline),
        "severity": headline.illness_severity or "",
        "url": _way_to(row.patient_id),
        "tone": "quiet",
    }


def _way_to(patient_id: UUID) -> str:
    return reverse("patients:page", args=[patient_id])
