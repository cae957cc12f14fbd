"""How a person's pages are told of a device that stopped receiving, or receives again; and where a notice leads."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from handover.reach.push.models import Subscription
from handover.reach.push.services import CHECK, HEARD, SILENT
from live.drawing import View, register_drawer
from live.models import InboxItem

Way = Callable[[UUID], str]
_ways: dict[str, Way] = {}
FRONT = "/"


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    register_drawer(SILENT, _draw_silent)
    register_drawer(HEARD, _draw_heard)
    register_way(CHECK, lambda _subject: reverse("push:own"))
    register_way("page", _page)


def register_way(kind: str, way: Way) -> None:
    """From now on a notification about such a subject leads to `way(subject_id)`: an address of this installation."""
    _ways[kind] = way


def way_to(kind: str, subject_id: UUID) -> str:
    """Where a notification leads; the front page for a kind that no room has spoken for."""
    way = _ways.get(kind)
    return way(subject_id) if way else FRONT


def _page(page_id: UUID) -> str:
    # The wing above may not be part of this installation, or not yet.
    try:
        return reverse("paging:page", args=[page_id])
    except NoReverseMatch:
        return FRONT


def _draw_silent(items: Sequence[InboxItem]) -> dict[int, View | None]:
    rows = Subscription.objects.filter(pk__in=[item.subject_id for item in items], ended=None)
    devices = {row.pk: (row.person_id, row.session.device) for row in rows.select_related("session")}
    views: dict[int, View | None] = {}
    for item in items:
        person_id, device = devices.get(item.subject_id, (None, ""))
        told: View = {"title": _("A device of yours has stopped receiving"), "line": device, "tone": "watch"}
        views[item.pk] = {**told, "url": reverse("push:own")} if person_id == item.person_id else None
    return views


def _draw_heard(items: Sequence[InboxItem]) -> dict[int, View | None]:
    # No card: the part of a page that shows the device fetches itself anew.
    return {item.pk: {} for item in items}
