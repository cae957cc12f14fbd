"""How officers are told at once that something waits for a second of them: an erasure, a lifting, a time to keep."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.events import for_officers
from audit.retention.models import ByTwo, Erasure, Lifting, Policy
from handover.patients.budget import officers
from live.acting import acting_as_system
from live.drawing import View, register_drawer
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem

Kind = type[Erasure] | type[Lifting] | type[Policy]
ASKED: Mapping[str, tuple[Kind, Promise]] = {
    "erasure.proposed": (Erasure, _("An erasure waits for a second officer")),
    "hold.lift_asked": (Lifting, _("The lifting of a legal hold waits for a second officer")),
    "retention.asked": (Policy, _("A time to keep things waits for a second officer")),
}


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    for event in ASKED:
        register_drawer(event, draw)


def tell(event: str, row: ByTwo) -> None:
    """Every officer but whoever asked is told. The last thing in the act's transaction."""
    others = [person_id for person_id in officers() if person_id != row.asked_by_id]
    announce(Announcement(event, others, Subject(type(row).__name__.lower(), row.pk)))


@acting_as_system("retention.notices")
def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Who asked, to officers alone, while it waits; nothing of the patient."""
    rows: dict[object, ByTwo] = {}
    for kind, _title in ASKED.values():
        rows |= waiting(kind).select_related("asked_by").in_bulk({item.subject_id for item in items})
    return for_officers(items, lambda item: _view(item, rows.get(item.subject_id)))


def waiting(kind: Kind) -> QuerySet[ByTwo]:
    """What waits for a second officer now. Acting as the system."""
    rows: QuerySet[ByTwo] = kind._default_manager.filter(approved=None, dropped=None, good_until__gt=Now())
    return rows


def _view(item: InboxItem, row: ByTwo | None) -> View | None:
    if row is None or row.asked_by_id == item.person_id:
        return None
    name = row.asked_by.display_name
    title = str(ASKED[item.event][1])
    return {"title": title, "line": name, "url": reverse("audit:retention"), "from": name, "tone": "info"}
