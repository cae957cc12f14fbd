"""How officers are told of a large export: that one waits for them, and that theirs may be taken."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.events import for_officers
from audit.outgoing.models import Export
from live.drawing import View, register_drawer
from live.models import InboxItem

ASKED, APPROVED = "audit.export_asked", "audit.export_approved"


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    register_drawer(ASKED, draw)
    register_drawer(APPROVED, draw)


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Who asked or approved, to officers alone; nothing to whoever is none any more."""
    exports = Export.objects.select_related("asked_by", "approved_by").in_bulk({item.subject_id for item in items})
    return for_officers(items, lambda item: _view(item, exports.get(item.subject_id)))


def _view(item: InboxItem, export: Export | None) -> View | None:
    if export is None:
        return None
    by = export.approved_by if item.event == APPROVED else export.asked_by
    name = by.display_name if by else ""
    title = _("Your export may be taken") if item.event == APPROVED else _("An export waits for a second officer")
    return {"title": title, "line": name, "url": reverse("audit:exports"), "from": name, "tone": "info"}
